import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import type { EngineEvent, LogLine, ResourceUse } from '../../contracts';
import { LineCutter } from '../../lib/lines';
import { onAbort, readableOf } from './attach';
import { FrameReader } from './demux';
import { call, labelFilter, type Engine } from './engine';
import { containerOf } from './workloads';

const STAMPED = /^(\d{4}-\d\d-\d\dT\S+Z) ?(.*)$/s;

const logLine = (stream: LogLine['stream'], line: string): LogLine => {
  const found = STAMPED.exec(line);
  return { at: found?.[1] ?? new Date().toISOString(), stream, text: found?.[2] ?? line };
};

interface LogOptions {
  readonly tail: number;
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

const openLog = async (engine: Engine, name: string, options: LogOptions): Promise<Readable> => {
  const container = await containerOf(engine, name);
  const common = { stdout: true, stderr: true, timestamps: true, tail: options.tail };
  if (options.follow) return readableOf(await call(engine, 'logs', () => container.logs({ ...common, follow: true })));
  const whole = await call(engine, 'logs', () => container.logs({ ...common, follow: false }));
  return Readable.from([whole]);
};

/** Chunks of a stream until it ends or the signal fires; the stream is closed either way. */
async function* chunksOf(stream: Readable, signal: AbortSignal): AsyncGenerator<Buffer> {
  const forget = onAbort(signal, () => stream.destroy());
  try {
    for await (const chunk of stream) yield Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    forget();
    stream.destroy();
  }
}

/** Lines of a container's log, oldest first; `follow` goes on until the container ends or the signal fires. */
export async function* logs(engine: Engine, name: string, options: LogOptions): AsyncGenerator<LogLine> {
  const stream = await openLog(engine, name, options);
  const ready: LogLine[] = [];
  const cutter = (from: LogLine['stream']): LineCutter => new LineCutter((line) => ready.push(logLine(from, line)));
  const cutters = { stdout: cutter('stdout'), stderr: cutter('stderr') };
  const frames = new FrameReader((from, chunk) => cutters[from].write(chunk));
  for await (const chunk of chunksOf(stream, options.signal)) {
    frames.write(chunk);
    yield* ready.splice(0);
  }
  cutters.stdout.end();
  cutters.stderr.end();
  yield* ready.splice(0);
}

const cpuPercent = (now: Docker.ContainerStats): number => {
  const used = now.cpu_stats.cpu_usage.total_usage - now.precpu_stats.cpu_usage.total_usage;
  const all = now.cpu_stats.system_cpu_usage - (now.precpu_stats.system_cpu_usage ?? 0);
  return all <= 0 || used < 0 ? 0 : (used / all) * (now.cpu_stats.online_cpus ?? 1) * 100;
};

/** Memory without the page cache that can be given back at any time. */
export const memoryOf = ({ memory_stats: memory }: Docker.ContainerStats): number => {
  const detail: Readonly<Record<string, number | undefined>> = { ...memory.stats };
  const cache = detail['total_inactive_file'] ?? detail['inactive_file'] ?? 0;
  return Math.max(0, (memory.usage ?? 0) - cache);
};

/** Takes about a second (two samples). */
export const stats = async (engine: Engine, name: string): Promise<ResourceUse> => {
  const container = await containerOf(engine, name);
  const now = await call(engine, 'stats', () => container.stats({ stream: false }));
  return {
    memoryBytes: memoryOf(now),
    cpuPercent: Math.round(cpuPercent(now) * 100) / 100,
    pids: now.pids_stats?.current ?? 0,
  };
};

interface RawEvent {
  readonly status?: string;
  readonly id?: string;
  readonly Actor?: { readonly Attributes?: Readonly<Record<string, string>> };
  readonly timeNano?: number;
}
const ACTIONS = ['create', 'start', 'die', 'oom', 'destroy'] as const;

const engineEvent = (line: string): { event: EngineEvent; key: string; since: number } | null => {
  const raw = JSON.parse(line) as RawEvent;
  const action = ACTIONS.find((known) => known === raw.status);
  if (action === undefined || raw.id === undefined) return null;
  // Beyond 2^53 the last digits are lost in JSON; the text still has them.
  const nano = /"timeNano":(\d+)/.exec(line)?.[1] ?? '0';
  const { name = '', ...labels } = raw.Actor?.Attributes ?? {};
  const milliseconds = Number(nano.slice(0, -6));
  const at = new Date(milliseconds).toISOString();
  return {
    event: { at, action, workloadId: raw.id, name, labels },
    key: `${nano} ${action} ${raw.id}`,
    since: milliseconds / 1000,
  };
};

const RETRY_MS = 1000;

/** Events of our containers from now on; reconnects by itself, from the last event seen, until the signal fires. */
export async function* events(engine: Engine, signal: AbortSignal): AsyncGenerator<EngineEvent> {
  let since = Date.now() / 1000;
  let seen = new Set<string>();
  while (!signal.aborted) {
    try {
      for await (const line of eventLines(engine, since, signal)) {
        const next = engineEvent(line);
        if (next === null || seen.has(next.key)) continue;
        if (next.since !== since) seen = new Set();
        since = next.since;
        seen.add(next.key);
        yield next.event;
      }
    } catch {
      // The engine is away: the next attempt asks from where we were.
    }
    await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function* eventLines(engine: Engine, since: number, signal: AbortSignal): AsyncGenerator<string> {
  const filters = { type: ['container'], event: [...ACTIONS], label: labelFilter(engine, {}) };
  const stream = readableOf(await engine.docker.getEvents({ since, filters: JSON.stringify(filters) }));
  const ready: string[] = [];
  const cutter = new LineCutter((line) => line.trim() !== '' && ready.push(line));
  for await (const chunk of chunksOf(stream, signal)) {
    cutter.write(chunk);
    yield* ready.splice(0);
  }
}
