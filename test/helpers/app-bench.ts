import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  LABEL,
  type AppAdapter,
  type FileSpec,
  type InstanceContext,
  type Mount,
  type OneShotResult,
  type PhpLine,
  type TargetSession,
  type Task,
  type WorkloadSpec,
} from '../../provisioners/contracts';
import { ensureReleaseImage } from '../../provisioners/lib/images';
import { run } from '../../provisioners/lib/run';
import { folderDigest, folderTar } from '../../provisioners/lib/tar';
import { target } from '../../provisioners/targets/docker';

const TEMPLATES = join(__dirname, '../../deploy-templates');

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}
export interface AskOptions {
  readonly host?: string;
  readonly key?: string;
  readonly method?: string;
  readonly body?: string;
  readonly cookie?: string;
}
export interface Served {
  readonly container: string;
  ask(path: string, options?: AskOptions): Promise<Answer>;
}

/** Real containers for adapters through the docker target, hardened as in service: read-only root, uid 33, no capability. */
export class AppBench {
  readonly #name: string;
  #session: TargetSession | null = null;
  #serial = 0;

  constructor(name: string) {
    this.#name = `${name}-${process.pid}`;
  }

  /** Address of this machine as containers see it. */
  async open(): Promise<string> {
    this.#session = await target.connect({ url: 'unix:///var/run/docker.sock' }, this.#name);
    const network = await this.session.ensureNetwork({
      name: this.#name,
      labels: { [LABEL.role]: 'network' },
      internal: false,
      prefixLength: 26,
    });
    // The engine gives a bridge the first address of its subnet.
    return network.gateway ?? network.subnet.replace(/\d+\/\d+$/, (end) => String(Number.parseInt(end, 10) + 1));
  }

  get session(): TargetSession {
    if (this.#session === null) throw new Error('open() first');
    return this.#session;
  }

  /** Removes everything that carries this bench's label. */
  async close(): Promise<void> {
    const filter = ['--filter', `label=${LABEL.installation}=${this.#name}`];
    const lines = async (...argv: string[]): Promise<string[]> =>
      (await run(['docker', ...argv, ...filter])).stdout.split('\n').filter((line) => line !== '');
    for (const id of await lines('ps', '-aq')) await run(['docker', 'rm', '-f', id]);
    for (const id of await lines('volume', 'ls', '-q')) await run(['docker', 'volume', 'rm', '-f', id]);
    for (const id of await lines('network', 'ls', '-q')) await run(['docker', 'network', 'rm', id]);
    // By tag: layers another installation builds on stay, without our name.
    for (const tag of await lines('images', '--format', '{{.Repository}}:{{.Tag}}'))
      await run(['docker', 'rmi', '-f', tag]);
    await this.#session?.close();
  }

  /** Release image of a tree on disk. */
  async image(app: AppAdapter, tree: string, version: string, phpLine: PhpLine): Promise<string> {
    const made = await ensureReleaseImage(
      this.session,
      {
        app: app.name,
        version,
        checksum: await folderDigest(tree),
        phpLine,
        treeTar: () => folderTar(tree, 'app/'),
        readTree: (path) => readFile(join(tree, path), 'utf8').catch(() => null),
      },
      {
        prefix: this.#name,
        templatesRoot: TEMPLATES,
        onLine: () => undefined,
        signal: AbortSignal.timeout(900_000),
      },
    );
    return made.id;
  }

  #volume(ctx: InstanceContext, key: string, app = ctx.app): string {
    return `${this.#name}-${ctx.wilayah.kodeAngka}-${app}-${key}`;
  }

  async #fill(volume: string, files: readonly FileSpec[]): Promise<void> {
    await this.session.ensureVolume({ name: volume, labels: { [LABEL.role]: 'volume' } });
    const inside = files.map((file) => ({ ...file, path: posix.join('/isi', file.path) }));
    await this.session.putFiles([{ type: 'volume', source: volume, target: '/isi', readOnly: false }], inside);
  }

  /** Volumes of an instance with their folders and first files. */
  async prepare(app: AppAdapter, ctx: InstanceContext): Promise<void> {
    const seeds = app.seedFiles(ctx);
    for (const volume of app.volumes)
      await this.#fill(this.#volume(ctx, volume.key), [...volume.folders, ...(seeds[volume.key] ?? [])]);
  }

  async #shared(app: AppAdapter, ctx: InstanceContext): Promise<Mount[]> {
    return Promise.all(
      app.sharedMounts.map(async (shared): Promise<Mount> => {
        const facts = await this.session.ensureVolume({
          name: this.#volume(ctx, shared.volume, shared.app),
          labels: { [LABEL.role]: 'volume' },
        });
        const source = posix.join(facts.mountpoint, shared.folder);
        return { type: 'bind', source, target: shared.target, readOnly: shared.readOnly };
      }),
    );
  }

  async #spec(app: AppAdapter, ctx: InstanceContext, image: string, files: readonly FileSpec[]): Promise<WorkloadSpec> {
    const name = `${this.#name}-${ctx.wilayah.kodeAngka}-${app.name}-${String((this.#serial += 1))}`;
    await this.#fill(`${name}-konfig`, [{ path: '.', mode: 0o755, uid: 0, gid: 33 }, ...files]);
    const volume = (source: string, to: string, readOnly: boolean): Mount => ({
      type: 'volume',
      source,
      target: to,
      readOnly,
    });
    return {
      name,
      image,
      labels: { [LABEL.role]: 'village' },
      env: {},
      user: '33:33',
      mounts: [
        ...app.volumes.map((one) => volume(this.#volume(ctx, one.key), one.target, false)),
        ...(await this.#shared(app, ctx)),
        ...['/konfig', ...app.configTargets].map((to) => volume(`${name}-konfig`, to, true)),
        ...app.tmpfs.map((one): Mount => ({ type: 'tmpfs', ...one, mode: 0o755, uid: 33 })),
      ],
      networks: [{ network: this.#name }],
      readOnlyRoot: true,
      capabilities: [],
      limits: app.limits,
      restart: 'no',
      outsideNames: false,
    };
  }

  /** Runs a task of the adapter to its end. */
  async once(app: AppAdapter, ctx: InstanceContext, image: string, task: Task): Promise<OneShotResult> {
    const byPath = new Map([...app.files(ctx), ...task.files].map((file) => [file.path, file]));
    const spec = await this.#spec(app, ctx, image, [...byPath.values()]);
    return this.session.runOnce({ ...spec, command: task.argv }, { signal: AbortSignal.timeout(task.timeoutMs) });
  }

  /** Starts an instance; a second one of the same desa (a newer image) runs beside the first. */
  async serve(app: AppAdapter, ctx: InstanceContext, image: string): Promise<Served> {
    const facts = await this.session.ensureWorkload(await this.#spec(app, ctx, image, app.files(ctx)));
    const address = facts.addresses[this.#name] ?? '';
    const ask = (path: string, options: AskOptions = {}): Promise<Answer> =>
      rawRequest(address, path, { host: ctx.hosts[0] ?? '', ...options });
    await until(async () => (await ask('/siappakai/hidup')).status === 204);
    return { container: facts.name, ask };
  }
}

/** Polls every 100 ms for at most 30 s; errors count as "not yet". */
export async function until(check: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await check().catch(() => false))) {
    if (Date.now() > deadline) throw new Error('did not become true within 30 s');
    await sleep(100);
  }
}

/** The path goes out exactly as given, dots and all. */
function rawRequest(address: string, path: string, options: AskOptions): Promise<Answer> {
  const headers: Record<string, string> = { host: options.host ?? '', 'x-forwarded-proto': 'https' };
  if (options.key !== undefined) headers['x-siappakai-key'] = options.key;
  if (options.cookie !== undefined) headers['cookie'] = options.cookie;
  if (options.body !== undefined) headers['content-type'] = 'application/x-www-form-urlencoded';
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host: address, port: 8080, path, method: options.method ?? 'GET', headers, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const body = Buffer.concat(chunks).toString('utf8');
          resolve({ status: response.statusCode ?? 0, body, headers: response.headers });
        });
      },
    );
    outgoing.setTimeout(20_000, () => outgoing.destroy(new Error('no answer in 20 s')));
    outgoing.on('error', reject);
    outgoing.end(options.body);
  });
}

/** A copy of a release tree that a test may change. */
export function copyOfTree(tree: string): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'sp-tree-'));
  cpSync(tree, path, { recursive: true });
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
