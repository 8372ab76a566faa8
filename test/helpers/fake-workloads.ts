import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  LABEL,
  ProvisionError,
  type EngineEvent,
  type LogLine,
  type OneShotResult,
  type TargetSession,
  type WorkloadFacts,
  type WorkloadSpec,
} from '../../provisioners/contracts';
import { digestOf } from '../../provisioners/lib/canonical';
import { LineCutter } from '../../provisioners/lib/lines';
import type { FakeContainer, FakeEngine } from './fake-engine';
import { conflict, has, reasonOf, type Session } from './fake-session';

const factsOf = (container: FakeContainer): WorkloadFacts => ({
  id: container.id,
  name: container.spec.name,
  image: container.spec.image,
  labels: container.labels,
  state: container.state,
  exitCode: container.exitCode,
  oomKilled: container.oomKilled,
  startedAt: container.startedAt,
  pid: container.state === 'running' ? 1000 : null,
  addresses: Object.fromEntries(container.addresses),
});

interface Captured {
  readonly out: (stream: 'stdout' | 'stderr', chunk: Buffer) => Promise<void> | void;
  text(stream: 'stdout' | 'stderr'): string;
  end(): Promise<void>;
}
const capture = (pipe: NodeJS.WritableStream | undefined, onLine?: (line: LogLine) => void): Captured => {
  const chunks: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
  const cutter = (stream: LogLine['stream']): LineCutter =>
    new LineCutter((text) => onLine?.({ at: new Date().toISOString(), stream, text }));
  const cutters = { stdout: cutter('stdout'), stderr: cutter('stderr') };
  return {
    out: async (stream, chunk) => {
      if (stream === 'stdout' && pipe !== undefined) {
        if (!pipe.write(chunk)) await once(pipe, 'drain');
        return;
      }
      chunks[stream].push(chunk);
      cutters[stream].write(chunk);
    },
    text: (stream) => Buffer.concat(chunks[stream]).toString(),
    end: async () => {
      cutters.stdout.end();
      cutters.stderr.end();
      if (pipe !== undefined) await new Promise<void>((resolve) => void pipe.end(() => resolve()));
    },
  };
};
const inputOf = (stdin: NodeJS.ReadableStream | undefined): AsyncIterable<Buffer | string> | null => stdin ?? null;

const ensureWorkload = async (own: Session, spec: WorkloadSpec): Promise<WorkloadFacts> => {
  const { engine } = own;
  const before = own.container(spec.name);
  if (before === null) own.checkParts(spec);
  const container = before ?? engine.create(spec, own.labels(spec.labels));
  if (container.labels[LABEL.spec] !== digestOf(spec)) throw conflict('container', spec.name, 'different');
  if (container.state !== 'running') void engine.start(container);
  return factsOf(container);
};

const runOnce = async (
  own: Session,
  spec: WorkloadSpec,
  options: Parameters<TargetSession['runOnce']>[1],
): Promise<OneShotResult> => {
  const { engine } = own;
  options.signal.throwIfAborted();
  if (own.container(spec.name) !== null) await engine.remove(spec.name);
  own.checkParts(spec);
  const started = Date.now();
  const container = engine.create(spec, own.labels({ [LABEL.role]: 'oneshot', ...spec.labels }));
  const kill = (): void => container.kill.abort();
  const output = capture(options.stdout, options.onLine);
  try {
    const running = engine.start(container, inputOf(options.stdin), output.out);
    options.signal.addEventListener('abort', kill, { once: true });
    const exitCode = await running;
    await output.end();
    if (options.signal.aborted) throw reasonOf(options.signal);
    return {
      exitCode,
      stdout: output.text('stdout'),
      stderr: output.text('stderr'),
      seconds: (Date.now() - started) / 1000,
    };
  } finally {
    options.signal.removeEventListener('abort', kill);
    await engine.remove(spec.name);
  }
};

const execute = async (
  own: Session,
  name: string,
  argv: readonly string[],
  options: NonNullable<Parameters<TargetSession['exec']>[2]>,
) => {
  const container = own.existing(name);
  if (container.state !== 'running') throw conflict('container', name, 'not_running');
  const output = capture(options.stdout);
  const late = new AbortController();
  const timer = options.timeoutMs === undefined ? undefined : setTimeout(() => late.abort(), options.timeoutMs);
  const world = {
    env: { ...container.spec.env, ...options.env },
    stdin: inputOf(options.stdin),
    signal: late.signal,
    out: output.out,
  };
  const exitCode = await own.engine.execute(container, argv, world);
  clearTimeout(timer);
  await output.end();
  if (late.signal.aborted) throw new ProvisionError('timeout', `${argv[0] ?? ''} took too long`);
  return { exitCode, stdout: output.text('stdout'), stderr: output.text('stderr') };
};

async function* logs(container: FakeContainer, options: Parameters<TargetSession['logs']>[1]): AsyncGenerator<LogLine> {
  let position = Math.max(0, container.log.length - options.tail);
  for (;;) {
    const line = container.log[position];
    if (line !== undefined) {
      position += 1;
      yield line;
    } else if (!options.follow || container.state !== 'running' || options.signal.aborted) return;
    else await once(container.changed, 'change', { signal: options.signal }).catch(() => undefined);
  }
}

async function* events(
  engine: FakeEngine,
  labels: Readonly<Record<string, string>>,
  signal: AbortSignal,
): AsyncGenerator<EngineEvent> {
  const queue = new PassThrough({ objectMode: true });
  const take = (event: EngineEvent): void => {
    if (has(event.labels, labels)) queue.write(event);
  };
  engine.events.on('event', take);
  signal.addEventListener('abort', () => queue.end(), { once: true });
  try {
    for await (const event of queue) yield event as EngineEvent;
  } finally {
    engine.events.off('event', take);
  }
}

type Workloads = Pick<
  TargetSession,
  | 'ensureWorkload'
  | 'inspect'
  | 'find'
  | 'runOnce'
  | 'exec'
  | 'logs'
  | 'stats'
  | 'usage'
  | 'start'
  | 'stop'
  | 'remove'
  | 'events'
>;
export const workloads = (own: Session): Workloads => ({
  ensureWorkload: (spec) => ensureWorkload(own, spec),
  inspect: async (name) => {
    const found = own.container(name);
    return found === null ? null : factsOf(found);
  },
  find: async (labels) => {
    const found = [...own.engine.containers.values()].filter((one) => has(one.labels, own.labels(labels)));
    return found.map(factsOf).sort((a, b) => (a.name < b.name ? -1 : 1));
  },
  runOnce: (spec, options) => runOnce(own, spec, options),
  exec: (name, argv, options = {}) => execute(own, name, argv, options),
  async *logs(name, options) {
    yield* logs(own.existing(name), options);
  },
  stats: async (name) => {
    own.existing(name);
    return { memoryBytes: 16 * 1024 * 1024, cpuPercent: 0, pids: 1 };
  },
  usage: async (labels) =>
    [...own.engine.containers.values()]
      .filter((one) => one.state === 'running' && has(one.labels, own.labels(labels)))
      .map((one) => ({
        id: one.id,
        name: one.spec.name,
        labels: one.labels,
        madeAt: one.startedAt ?? '',
        startedAt: one.startedAt,
        restarts: 0,
        memoryBytes: 16 * 1024 * 1024,
        memoryLimitBytes: one.spec.limits?.memoryBytes ?? 8 * 1024 ** 3,
        cpuSeconds: (Date.now() - Date.parse(one.startedAt ?? '')) / 10_000,
        at: new Date().toISOString(),
      })),
  start: async (name) => {
    const container = own.existing(name);
    if (container.state !== 'running') void own.engine.start(container);
  },
  stop: async (name) => {
    const container = own.container(name);
    if (container !== null) await own.engine.stop(container);
    await sleep(0);
  },
  remove: async (name) => {
    if (own.container(name) !== null) await own.engine.remove(name);
  },
  events: (signal) => events(own.engine, own.labels({}), signal),
});
