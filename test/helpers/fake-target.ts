import { ProvisionError, LABEL, type TargetSession } from '../../provisioners/contracts';
import { FakeEngine } from './fake-engine';
import { files, images, networksAndVolumes, Session } from './fake-session';
import { workloads } from './fake-workloads';

export type Method = Exclude<keyof TargetSession, 'installation'>;
/** What a test may do to the outside world. */
export interface Faults {
  /** The next call of `method` fails before it does anything. */
  failOnce(method: Method, error?: Error): void;
  /** Calls of `method` wait (until their signal fires, if they have one) until the returned function is called. */
  hangOn(method: Method): () => void;
  /** The n-th next call of `method` takes effect, but its caller never hears: it and every later call is 'unreachable' until `revive`. */
  dieAfter(method: Method, calls?: number): void;
  revive(): void;
  /** Names of the methods called so far, in order. */
  readonly calls: readonly Method[];
}
export type FakeTarget = TargetSession & { readonly faults: Faults };

const unreachable = (): ProvisionError => new ProvisionError('unreachable', 'The fake engine does not answer');

/** The signal among the arguments of a call, wherever it is. */
const signalIn = (args: readonly unknown[]): AbortSignal | null => {
  for (const value of args) {
    if (value instanceof AbortSignal) return value;
    if (value !== null && typeof value === 'object' && 'signal' in value && value.signal instanceof AbortSignal)
      return value.signal;
  }
  return null;
};

class Gate implements Faults {
  readonly calls: Method[] = [];
  private readonly failures = new Map<Method, Error[]>();
  private readonly hangs = new Map<Method, Promise<void>>();
  private readonly deaths = new Map<Method, number>();
  private dead = false;

  failOnce(method: Method, error: Error = unreachable()): void {
    this.failures.set(method, [...(this.failures.get(method) ?? []), error]);
  }
  hangOn(method: Method): () => void {
    let release = (): void => undefined;
    const hang = new Promise<void>((resolve) => (release = resolve));
    this.hangs.set(method, hang);
    return () => {
      if (this.hangs.get(method) === hang) this.hangs.delete(method);
      release();
    };
  }
  dieAfter(method: Method, calls = 1): void {
    this.deaths.set(method, calls);
  }
  revive(): void {
    this.dead = false;
    this.deaths.clear();
  }

  /** Before a call: rejects when it is to fail, waits when it is to hang. */
  async enter(method: Method, args: readonly unknown[]): Promise<void> {
    this.calls.push(method);
    if (this.dead) throw unreachable();
    const failure = this.failures.get(method)?.shift();
    if (failure !== undefined) throw failure;
    const hang = this.hangs.get(method);
    if (hang === undefined) return;
    const signal = signalIn(args);
    await Promise.race([
      hang,
      new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true })),
    ]);
    signal?.throwIfAborted();
  }
  /** After a call took effect. */
  leave(method: Method): void {
    const left = this.deaths.get(method);
    if (left === undefined) return;
    this.deaths.set(method, left - 1);
    this.dead = left <= 1;
    if (this.dead) throw unreachable();
  }
  guard<A extends readonly unknown[], R>(method: Method, act: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
    return async (...args) => {
      await this.enter(method, args);
      const result = await act(...args);
      this.leave(method);
      return result;
    };
  }
  guardStream<A extends readonly unknown[], T>(
    method: Method,
    act: (...args: A) => AsyncIterable<T>,
  ): (...args: A) => AsyncIterable<T> {
    const enter = (args: A): Promise<void> => this.enter(method, args);
    return async function* (...args: A) {
      await enter(args);
      yield* act(...args);
    };
  }
}

const facts = async (): Promise<Awaited<ReturnType<TargetSession['facts']>>> => ({
  version: 'fake',
  storageDriver: 'memory',
  liveRestore: true,
  logDriver: 'json-file',
  cgroupVersion: '2',
  cpus: 2,
  memoryBytes: 8 * 1024 ** 3,
  rootDir: '/fake',
  containersRunning: 0,
});

const sessionOf = (engine: FakeEngine, installation: string): FakeTarget => {
  const own = new Session(engine, installation);
  const gate = new Gate();
  const parts = { ...networksAndVolumes(own), ...files(own), ...images(own), ...workloads(own) };
  return {
    installation,
    faults: gate,
    facts: gate.guard('facts', facts),
    ensureNetwork: gate.guard('ensureNetwork', parts.ensureNetwork),
    connectNetwork: gate.guard('connectNetwork', parts.connectNetwork),
    removeNetwork: gate.guard('removeNetwork', parts.removeNetwork),
    ensureVolume: gate.guard('ensureVolume', parts.ensureVolume),
    removeVolume: gate.guard('removeVolume', parts.removeVolume),
    putFiles: gate.guard('putFiles', parts.putFiles),
    fillVolume: gate.guard('fillVolume', parts.fillVolume),
    readFile: gate.guard('readFile', parts.readFile),
    exportFolder: gate.guard('exportFolder', parts.exportFolder),
    importFolder: gate.guard('importFolder', parts.importFolder),
    findImage: gate.guard('findImage', parts.findImage),
    listImages: gate.guard('listImages', parts.listImages),
    importImage: gate.guard('importImage', parts.importImage),
    buildImage: gate.guard('buildImage', parts.buildImage),
    tagImage: gate.guard('tagImage', parts.tagImage),
    removeImage: gate.guard('removeImage', parts.removeImage),
    ensureWorkload: gate.guard('ensureWorkload', parts.ensureWorkload),
    inspect: gate.guard('inspect', parts.inspect),
    find: gate.guard('find', parts.find),
    runOnce: gate.guard('runOnce', parts.runOnce),
    exec: gate.guard('exec', parts.exec),
    logs: gate.guardStream('logs', parts.logs),
    stats: gate.guard('stats', parts.stats),
    usage: gate.guard('usage', parts.usage),
    start: gate.guard('start', parts.start),
    stop: gate.guard('stop', parts.stop),
    remove: gate.guard('remove', parts.remove),
    events: gate.guardStream('events', parts.events),
    removeEverything: gate.guard('removeEverything', async (tagPrefix: string) => {
      const ours = (labels: Readonly<Record<string, string>>): boolean => labels[LABEL.installation] === installation;
      for (const [name, volume] of engine.volumes) if (ours(volume.labels)) engine.volumes.delete(name);
      for (const [name, network] of engine.networks) if (ours(network.labels)) engine.networks.delete(name);
      for (const image of engine.images.values())
        for (const tag of [...image.tags]) if (tag.startsWith(`${tagPrefix}/`)) image.tags.delete(tag);
    }),
    close: gate.guard('close', async () => undefined),
  };
};

/** An engine in memory with one base image; each session is one installation on it, with its own faults. */
export const fakeEngine = (): {
  readonly engine: FakeEngine;
  readonly image: string;
  session(installation: string): FakeTarget;
} => {
  const engine = new FakeEngine();
  const image = 'fake/base:1';
  engine.addImage(image, { [LABEL.role]: 'base', [LABEL.installation]: 'fake' }, {}, new Map());
  return { engine, image, session: (installation) => sessionOf(engine, installation) };
};
