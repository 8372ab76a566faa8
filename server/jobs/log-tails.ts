import type { Redis } from 'ioredis';
import type { TargetSession } from '../../provisioners/contracts';
import type { Logger } from '../logger';
import type { Transactor } from '../stores';

/** Web asks `sp:<id>:tail` "<kode> <app> <seconds>"; lines come back on `sp:<id>:log:<kode>:<app>` as they are written. */
const ASK_SECONDS = 20;
const TAIL_LINES = 200;
interface Tail {
  readonly abort: AbortController;
  until: number;
}
export interface LogTailsDeps {
  readonly world: { readonly session: TargetSession; readonly transact: Transactor };
  readonly publisher: Redis;
  readonly subscriber: Redis;
  readonly installation: string;
  readonly redact: (line: string) => string;
  readonly logger: Logger;
}

/** Follows container logs for as long as somebody watches; web has no engine of its own. */
export class LogTails {
  private readonly deps: LogTailsDeps;
  private readonly tails = new Map<string, Tail>();
  private timer: NodeJS.Timeout | null = null;
  constructor(deps: LogTailsDeps) {
    this.deps = deps;
  }

  start(): void {
    this.deps.subscriber.on(
      'message',
      (_channel: string, asked: string) =>
        void this.ask(asked).catch((error: unknown) => this.deps.logger.warn({ err: error }, 'log tail')),
    );
    this.deps.subscriber
      .subscribe(`sp:${this.deps.installation}:tail`)
      .catch((error: unknown) => this.deps.logger.warn({ err: error }, 'log tails'));
    this.timer = setInterval(() => this.expire(), 5000);
    this.timer.unref();
  }

  private async ask(asked: string): Promise<void> {
    const [kode = '', app = ''] = asked.split(' ');
    const key = `${kode}:${app}`;
    const known = this.tails.get(key);
    if (known !== undefined) {
      known.until = Date.now() + ASK_SECONDS * 1000;
      return;
    }
    const instance = await this.deps.world.transact.read.instances.findByApp(kode, app);
    if (instance?.container == null) return;
    const tail: Tail = { abort: new AbortController(), until: Date.now() + ASK_SECONDS * 1000 };
    this.tails.set(key, tail);
    void this.follow(key, instance.container, tail.abort.signal).finally(() => this.tails.delete(key));
  }

  private async follow(key: string, container: string, signal: AbortSignal): Promise<void> {
    const channel = `sp:${this.deps.installation}:log:${key}`;
    try {
      for await (const line of this.deps.world.session.logs(container, { tail: TAIL_LINES, follow: true, signal })) {
        await this.deps.publisher.publish(
          channel,
          JSON.stringify({ at: line.at, stream: line.stream, text: this.deps.redact(line.text).slice(0, 2000) }),
        );
      }
    } catch (error) {
      if (!signal.aborted) this.deps.logger.warn({ err: error, container }, 'log tail ended');
    }
  }

  private expire(): void {
    for (const tail of this.tails.values()) if (tail.until < Date.now()) tail.abort.abort();
  }
  stop(): void {
    if (this.timer !== null) clearInterval(this.timer);
    for (const tail of this.tails.values()) tail.abort.abort();
    this.deps.subscriber.disconnect();
  }
}
