import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { LiveLogLine } from '../domain/live-events';
import type { Logger } from '../logger';

const KEPT = 300;
const WAIT_MS = 1500;
const QUIET_MS = 200;
const lineSchema = z.object({ at: z.string(), stream: z.string(), text: z.string() });
type Listener = (kode: string, app: string, line: LiveLogLine) => void;

const levelOf = (text: string): LiveLogLine['level'] => {
  if (/\b(error|fatal|galat|critical|emerg)\b/i.test(text)) return 'error';
  if (/\b(warn(ing)?|deprecated|notice)\b/i.test(text)) return 'warn';
  return / (GET|HEAD|POST) .* 2\d\d( |$)|siappakai/.test(text) ? 'dim' : 'info';
};

export interface LogLinesDeps {
  /** A connection of its own: it only listens. */
  readonly subscriber: Redis;
  readonly publisher: Redis;
  readonly installation: string;
  readonly logger: Logger;
}

/** The last container lines of each app somebody looked at; the worker reads them, we only listen. */
export class LogLines {
  private readonly deps: LogLinesDeps;
  private readonly kept = new Map<string, LiveLogLine[]>();
  private readonly listeners: Listener[] = [];
  constructor(deps: LogLinesDeps) {
    this.deps = deps;
  }

  start(): void {
    const { subscriber, installation, logger } = this.deps;
    const prefix = `sp:${installation}:log:`;
    subscriber.on('pmessage', (_pattern: string, channel: string, text: string) =>
      this.take(channel.slice(prefix.length), text),
    );
    subscriber
      .psubscribe(`${prefix}*`)
      .catch((error: unknown) => logger.warn({ err: error }, 'container logs are not heard'));
  }
  stop(): void {
    this.deps.subscriber.disconnect();
  }
  onLine(listener: Listener): void {
    this.listeners.push(listener);
  }

  /** Asks the worker to follow and gives what is known after a moment; empty when nothing came. */
  async recent(kode: string, app: string): Promise<readonly LiveLogLine[]> {
    const { publisher, installation } = this.deps;
    if (publisher.status !== 'ready') return this.kept.get(`${kode}:${app}`) ?? [];
    const key = `${kode}:${app}`;
    const heard = await publisher.publish(`sp:${installation}:tail`, `${kode} ${app}`).catch(() => 0);
    // Without a worker nobody answers, however long one waits.
    if (heard === 0) return this.kept.get(key) ?? [];
    const end = Date.now() + WAIT_MS;
    let seen = -1;
    while (Date.now() < end) {
      const now = this.kept.get(key)?.length ?? 0;
      if (now > 0 && now === seen) break;
      seen = now;
      await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    }
    return this.kept.get(key) ?? [];
  }

  private take(key: string, text: string): void {
    const [kode = '', app = ''] = key.split(':');
    const parsed = lineSchema.safeParse(safeJson(text));
    if (!parsed.success) return;
    const line: LiveLogLine = { at: parsed.data.at, level: levelOf(parsed.data.text), text: parsed.data.text };
    const own = this.kept.get(key) ?? [];
    // A follower that begins anew sends its last lines once more.
    if (own.some((one) => one.at === line.at && one.text === line.text)) return;
    own.push(line);
    if (own.length > KEPT) own.shift();
    this.kept.set(key, own);
    for (const listener of this.listeners) listener(kode, app, line);
  }
}

const safeJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};
