import { EventEmitter, once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { extract } from 'tar-stream';
import {
  LABEL,
  ProvisionError,
  type EngineEvent,
  type ImageConfig,
  type ImageFacts,
  type Labels,
  type LogLine,
  type Mount,
  type NetworkFacts,
  type WorkloadFacts,
  type WorkloadSpec,
} from '../../provisioners/contracts';
import { digestOf } from '../../provisioners/lib/canonical';
import { LineCutter } from '../../provisioners/lib/lines';
import { blockOf, dotted } from '../../provisioners/targets/docker/subnets';
import { runFakeCommand, type FakeFile, type ShellWorld } from './fake-shell';

export type Files = Map<string, FakeFile>;
export interface FakeImage {
  readonly id: string;
  readonly tags: Set<string>;
  readonly labels: Labels;
  readonly config: ImageConfig;
  readonly files: Files;
}
export interface FakeNetwork extends NetworkFacts {
  readonly labels: Labels;
  readonly internal: boolean;
}
export interface FakeVolume {
  readonly labels: Labels;
  readonly files: Files;
}
export interface FakeContainer {
  readonly id: string;
  readonly spec: WorkloadSpec;
  readonly labels: Labels;
  readonly image: FakeImage;
  readonly rootFiles: Files;
  readonly addresses: Map<string, string>;
  readonly log: LogLine[];
  readonly changed: EventEmitter;
  state: WorkloadFacts['state'];
  exitCode: number | null;
  oomKilled: boolean;
  startedAt: string | null;
  kill: AbortController;
}

export const hex = (): string => randomBytes(32).toString('hex');
export const clean = (path: string): string => (path === '/' ? '/' : path.replace(/\/(\.\/)*\.?$/, ''));

/** Files of a tar, laid below `base`. */
export const unpackInto = async (
  tar: NodeJS.ReadableStream,
  base: string,
  write: (path: string, file: FakeFile) => void,
): Promise<void> => {
  const reader = extract();
  const feeding = (async () => {
    for await (const chunk of tar) if (!reader.write(chunk)) await once(reader, 'drain');
    reader.end(null);
  })();
  for await (const entry of reader) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(Buffer.from(chunk as Buffer));
    const path = clean(`${base === '/' ? '' : base}/${entry.header.name.replace(/^\.\//, '')}`) || '/';
    const { mode, uid, gid, type } = entry.header;
    write(path, { content: type === 'directory' ? null : Buffer.concat(chunks), mode, uid, gid });
  }
  await feeding;
};

/** One engine in memory. Several sessions (installations) may use it at once; what they may see is decided by the sessions. */
export class FakeEngine {
  readonly images = new Map<string, FakeImage>();
  readonly networks = new Map<string, FakeNetwork>();
  readonly volumes = new Map<string, FakeVolume>();
  readonly containers = new Map<string, FakeContainer>();
  readonly events = new EventEmitter().setMaxListeners(0);
  /** Replaces the tiny shell for commands it knows: answers, or null for "not mine". */
  script: (
    argv: readonly string[],
    spec: WorkloadSpec,
  ) => { readonly exitCode: number; readonly stdout?: string; readonly stderr?: string } | null = () => null;

  image(reference: string): FakeImage | undefined {
    return this.images.get(reference) ?? [...this.images.values()].find((image) => image.tags.has(reference));
  }

  addImage(tag: string, labels: Labels, config: ImageConfig, files: Files): FakeImage {
    for (const other of this.images.values()) other.tags.delete(tag);
    const image: FakeImage = { id: `sha256:${hex()}`, tags: new Set([tag]), labels, config, files };
    this.images.set(image.id, image);
    return image;
  }

  imageFacts(image: FakeImage): ImageFacts {
    return {
      id: image.id,
      tags: [...image.tags],
      labels: image.labels,
      sizeBytes: [...image.files.values()].reduce((sum, file) => sum + (file.content?.length ?? 0), 0),
    };
  }

  emit(action: EngineEvent['action'], container: FakeContainer): void {
    const event: EngineEvent = {
      at: new Date().toISOString(),
      action,
      workloadId: container.id,
      name: container.spec.name,
      labels: container.labels,
    };
    this.events.emit('event', event);
  }

  /** The files a command sees through its mounts, over those of its root. */
  view(mounts: readonly Mount[], root: Files): Pick<ShellWorld, 'read' | 'write' | 'list'> {
    const place = (path: string): { files: Files; key: string } => {
      const mount = mounts.find(
        (one) => one.type === 'volume' && (path === one.target || path.startsWith(`${one.target}/`)),
      );
      if (mount?.type !== 'volume') return { files: root, key: path };
      return {
        files: this.volumes.get(mount.source)?.files ?? new Map<string, FakeFile>(),
        key: path.slice(mount.target.length) || '/',
      };
    };
    return {
      read: (path) => {
        const { files, key } = place(clean(path));
        return files.get(key);
      },
      write: (path, file) => {
        const { files, key } = place(clean(path));
        files.set(key, file);
      },
      list: (below) => {
        const { files, key } = place(clean(below));
        const prefix = key === '/' ? '/' : `${key}/`;
        return [...files]
          .filter(([name]) => name !== '/' && name.startsWith(prefix))
          .map(([name, file]) => [name.slice(prefix.length), file]);
      },
    };
  }

  attach(container: FakeContainer, network: string, address: string | undefined): void {
    const block = blockOf(this.networks.get(network)?.subnet ?? '');
    if (block === null)
      throw new ProvisionError('not_found', `No network ${network}`, { kind: 'network', name: network });
    const taken = new Set([...this.containers.values()].map((one) => one.addresses.get(network)));
    let next = block.first + 2;
    while (taken.has(dotted(next))) next += 1;
    container.addresses.set(network, address ?? dotted(next));
  }

  create(spec: WorkloadSpec, labels: Labels): FakeContainer {
    const image = this.image(spec.image);
    if (image === undefined)
      throw new ProvisionError('not_found', `No image ${spec.image}`, { kind: 'image', name: spec.image });
    const container: FakeContainer = {
      id: hex(),
      spec,
      labels: { ...image.labels, ...labels, [LABEL.spec]: digestOf(spec) },
      image,
      rootFiles: new Map(image.files),
      addresses: new Map(),
      log: [],
      changed: new EventEmitter().setMaxListeners(0),
      state: 'created',
      exitCode: null,
      oomKilled: false,
      startedAt: null,
      kill: new AbortController(),
    };
    this.containers.set(spec.name, container);
    for (const { network, address } of spec.networks) this.attach(container, network, address);
    this.emit('create', container);
    return container;
  }

  /** Runs argv in a container; output goes to `out`. */
  async execute(
    container: FakeContainer,
    argv: readonly string[],
    world: Omit<ShellWorld, 'read' | 'write' | 'list'>,
  ): Promise<number> {
    const scripted = this.script(argv, container.spec);
    if (scripted === null)
      return runFakeCommand(argv, { ...world, ...this.view(container.spec.mounts, container.rootFiles) });
    await world.out('stdout', Buffer.from(scripted.stdout ?? ''));
    await world.out('stderr', Buffer.from(scripted.stderr ?? ''));
    return scripted.exitCode;
  }

  start(container: FakeContainer, stdin: ShellWorld['stdin'] = null, tap?: ShellWorld['out']): Promise<number> {
    container.state = 'running';
    container.exitCode = null;
    container.oomKilled = false;
    container.startedAt = new Date().toISOString();
    container.kill = new AbortController();
    this.emit('start', container);
    const cutters = { stdout: this.logger(container, 'stdout'), stderr: this.logger(container, 'stderr') };
    const out: ShellWorld['out'] = (stream, chunk) => {
      cutters[stream].write(chunk);
      return tap?.(stream, chunk);
    };
    const argv = [
      ...(container.image.config.entrypoint ?? []),
      ...(container.spec.command ?? container.image.config.command ?? []),
    ];
    return this.execute(container, argv, { env: container.spec.env, stdin, signal: container.kill.signal, out }).then(
      (code) => this.ended(container, code),
    );
  }

  private ended(container: FakeContainer, code: number): number {
    container.state = 'exited';
    container.exitCode = code;
    container.changed.emit('change');
    this.emit('die', container);
    return code;
  }

  private logger(container: FakeContainer, stream: LogLine['stream']): LineCutter {
    return new LineCutter((text) => {
      container.log.push({ at: new Date().toISOString(), stream, text });
      container.changed.emit('change');
    });
  }

  /** Ends everything that runs. */
  async close(): Promise<void> {
    await Promise.all([...this.containers.values()].map((container) => this.stop(container)));
  }

  async stop(container: FakeContainer): Promise<void> {
    if (container.state !== 'running') return;
    const ended = once(container.changed, 'change');
    container.kill.abort();
    while (container.state === 'running') await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 5))]);
  }

  async remove(name: string): Promise<void> {
    const container = this.containers.get(name);
    if (container === undefined) return;
    await this.stop(container);
    if (this.containers.get(name) !== container) return;
    this.containers.delete(name);
    this.emit('destroy', container);
  }
}
