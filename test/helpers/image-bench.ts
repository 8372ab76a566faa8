import { randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import {
  LABEL,
  type FileSpec,
  type Mount,
  type TargetSession,
  type WorkloadFacts,
  type WorkloadSpec,
} from '../../provisioners/contracts';
import type { ImageOptions } from '../../provisioners/lib/image-recipe';
import { target } from '../../provisioners/targets/docker';

const TEMPLATES = join(__dirname, '../../deploy-templates');
const MIB = 1024 * 1024;
export type VolumeMount = Extract<Mount, { type: 'volume' }>;
export const never = new AbortController().signal;

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** One request to a container's own address. */
export const get = (
  address: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<HttpAnswer> =>
  new Promise((resolve, reject) => {
    const sent = request(
      { host: address, port: 8080, path, headers: { host: 'desa.test', ...headers }, agent: false },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString(), headers: answer.headers }),
        );
        answer.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end();
  });

/** Waits until `probe` gives something. */
export const until = async <T>(probe: () => Promise<T | null>, timeoutMs = 30_000): Promise<T> => {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await probe().catch(() => null);
    if (found !== null) return found;
    if (Date.now() > deadline) throw new Error('It did not happen in time');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

/** A session of an installation of its own, template folders of its own, and everything removed at the end. */
export class ImageBench {
  readonly prefix = `t-image-${randomBytes(4).toString('hex')}`;
  readonly lines: string[] = [];
  private readonly docker = new Docker({ socketPath: '/var/run/docker.sock' });
  private opened: TargetSession | null = null;
  private folder = '';

  get session(): TargetSession {
    if (this.opened === null) throw new Error('The bench is not open');
    return this.opened;
  }
  get options(): ImageOptions {
    return {
      prefix: this.prefix,
      templatesRoot: join(this.folder, 'templates'),
      onLine: (line) => this.lines.push(line),
      signal: never,
    };
  }
  /** A folder of this bench, made. */
  async path(name: string): Promise<string> {
    const path = join(this.folder, name);
    await mkdir(path, { recursive: true });
    return path;
  }
  async open(): Promise<void> {
    this.folder = await mkdtemp(join(tmpdir(), 'sp-images-'));
    await cp(TEMPLATES, join(this.folder, 'templates'), { recursive: true });
    this.opened = await target.connect({ url: 'unix:///var/run/docker.sock' }, this.prefix);
  }
  async write(path: string, content: string): Promise<void> {
    const full = join(this.folder, path);
    await mkdir(join(full, '..'), { recursive: true });
    await writeFile(full, content);
  }
  async close(): Promise<void> {
    const label = [`${LABEL.installation}=${this.prefix}`];
    for (const one of await this.docker.listContainers({ all: true, filters: { label } }))
      await this.docker.getContainer(one.Id).remove({ force: true, v: true });
    for (const one of await this.docker.listNetworks({ filters: { label } }))
      await this.docker.getNetwork(one.Id).remove();
    const { Volumes } = await this.docker.listVolumes({ filters: { label } });
    for (const one of Volumes) await this.docker.getVolume(one.Name).remove();
    const images = await this.docker.listImages({ filters: { label } });
    for (const one of images.sort((a, b) => b.Created - a.Created)) {
      for (const tag of one.RepoTags ?? []) await this.session.removeImage(tag);
    }
    await rm(this.folder, { recursive: true, force: true });
  }

  /** A volume mounted at `at`, with the given owner and files (paths relative to it). */
  async volume(
    name: string,
    at: string,
    uid: number,
    files: readonly Pick<FileSpec, 'path' | 'content'>[] = [],
  ): Promise<VolumeMount> {
    const mount: VolumeMount = { type: 'volume', source: `${this.prefix}-${name}`, target: at, readOnly: false };
    await this.session.ensureVolume({ name: mount.source, labels: {} });
    const owned = files.map((file) => ({ mode: 0o400, uid, gid: uid, ...file, path: `${at}/${file.path}` }));
    await this.session.putFiles([mount], [{ path: at, mode: 0o750, uid, gid: uid }, ...owned]);
    return mount;
  }
  /** A container as the product starts it: read-only root, no capability, memory folders of that uid. */
  async start(
    name: string,
    image: string,
    uid: number,
    mounts: readonly Mount[],
    changes: Partial<WorkloadSpec> = {},
  ): Promise<WorkloadFacts> {
    await this.session.ensureNetwork({ name: `${this.prefix}-net`, labels: {}, internal: true, prefixLength: 28 });
    return this.session.ensureWorkload({
      name: `${this.prefix}-${name}`,
      image,
      labels: { [LABEL.role]: 'test' },
      env: {},
      user: `${uid}:${uid}`,
      mounts: [
        ...mounts,
        { type: 'tmpfs', target: '/run', sizeBytes: 4 * MIB, mode: 0o755, uid },
        { type: 'tmpfs', target: '/tmp', sizeBytes: 64 * MIB, mode: 0o1777, uid },
      ],
      networks: [{ network: `${this.prefix}-net` }],
      readOnlyRoot: true,
      capabilities: [],
      limits: { memoryBytes: 768 * MIB, memoryReservationBytes: 128 * MIB, pids: 128 },
      restart: 'no',
      outsideNames: false,
      ...changes,
    });
  }
  /** Exit code of a container, once it has ended. */
  ended(name: string): Promise<number> {
    return until(async () => (await this.session.inspect(`${this.prefix}-${name}`))?.exitCode ?? null);
  }
  async log(name: string): Promise<string> {
    const lines: string[] = [];
    for await (const line of this.session.logs(`${this.prefix}-${name}`, { tail: 500, follow: false, signal: never }))
      lines.push(line.text);
    return lines.join('\n');
  }
}
