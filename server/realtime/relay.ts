import type { Redis } from 'ioredis';
import type { Server, Socket } from 'socket.io';
import { z } from 'zod';
import { may } from '../auth/permission';
import type { Actor } from '../domain/actor';
import type { LiveBatch, LiveBodies, LiveEvent, LiveStream, LiveType } from '../domain/live-events';
import type { Logger } from '../logger';
import type { StreamEvent } from '../stores/event-store';
import type { Transactor } from '../stores';
import { eventLine } from '../texts/event-lines';
import { MESSAGES, type Locale } from '../texts';

const FRAME_MS = 250;
const POLL_MS = 2000;
const BEAT_MS = 2000;
const WORKER_SILENT_MS = 12_000;
const REPLAY_LIMIT = 2000;
const TAIL_ASK_MS = 10_000;
const LOCALES: readonly Locale[] = ['id', 'en'];

const joinSchema = z.object({
  stream: z
    .string()
    .max(120)
    .regex(/^(rollout|release|log):[0-9A-Za-z.:-]+$|^fleet$/),
  after: z.int().min(0),
});
const roomOf = (stream: string, locale: Locale): string => `${stream} ${locale}`;
const isLog = (stream: string): boolean => stream.startsWith('log:');

export interface Viewer {
  readonly actor: Actor;
  readonly locale: Locale;
}
export interface RelayDeps {
  readonly io: Server;
  readonly transact: Transactor;
  /** A connection of its own: it only listens. */
  readonly subscriber: Redis;
  readonly publisher: Redis;
  readonly channel: string;
  readonly installation: string;
  readonly logger: Logger;
  /** Seconds in words, by language. */
  readonly spanOf: SpanOf;
  /** Who sits behind a socket; null = not signed in. */
  readonly viewerOf: (socket: Socket) => Promise<Viewer | null>;
}

/**
 * Hands numbered rows of the database to browsers. A message of Redis only says that a stream grew; what is sent is always
 * read from the rows after the last number sent, so nothing is lost, doubled or out of order. Without Redis it polls.
 */
export class Relay {
  private readonly deps: RelayDeps;
  private readonly sent = new Map<string, number>();
  private readonly due = new Set<string>();
  private readonly timers: NodeJS.Timeout[] = [];
  private busy = false;

  constructor(deps: RelayDeps) {
    this.deps = deps;
  }

  start(): void {
    const { io, subscriber, channel, installation, logger } = this.deps;
    io.on('connection', (socket) => void this.welcome(socket));
    subscriber.on('message', (from: string, text: string) => {
      if (from === channel) this.due.add(text.slice(0, text.lastIndexOf(' ')));
    });
    subscriber.on('pmessage', (_pattern: string, from: string, text: string) => this.logLine(from, text));
    subscriber.subscribe(channel).catch((error: unknown) => logger.warn({ err: error }, 'relay listens by polling'));
    subscriber
      .psubscribe(`sp:${installation}:log:*`)
      .catch((error: unknown) => logger.warn({ err: error }, 'no live logs'));
    this.every(FRAME_MS, () => this.flush());
    this.every(POLL_MS, async () => this.watched().forEach((stream) => this.due.add(stream)));
    this.every(BEAT_MS, () => this.beat());
    this.every(TAIL_ASK_MS, async () => this.askForTails());
  }
  stop(): void {
    this.timers.forEach((timer) => clearInterval(timer));
    this.deps.subscriber.disconnect();
  }
  private every(ms: number, work: () => Promise<void>): void {
    const timer = setInterval(
      () => void work().catch((error: unknown) => this.deps.logger.warn({ err: error }, 'relay')),
      ms,
    );
    timer.unref();
    this.timers.push(timer);
  }

  private async welcome(socket: Socket): Promise<void> {
    const viewer = await this.deps.viewerOf(socket).catch(() => null);
    if (viewer === null) {
      socket.disconnect(true);
      return;
    }
    socket.on(
      'join',
      (asked: unknown) =>
        void this.join(socket, viewer, asked).catch((error: unknown) => this.deps.logger.warn({ err: error }, 'join')),
    );
    socket.emit('ready');
  }

  /** Into the room first, then the replay: an event between the two arrives twice and is dropped by its number, never lost. */
  private async join(socket: Socket, viewer: Viewer, asked: unknown): Promise<void> {
    const parsed = joinSchema.safeParse(asked);
    if (!parsed.success || !may(viewer.actor, isLog(parsed.data.stream) ? 'desa.logs' : 'rollout.read')) return;
    const { stream, after } = parsed.data;
    await socket.join(roomOf(stream, viewer.locale));
    if (isLog(stream)) return this.askForTail(stream);
    const last = await this.deps.transact.read.events.lastSeq(stream);
    if (!this.sent.has(stream)) this.sent.set(stream, last);
    if (after > last || last - after > REPLAY_LIMIT) {
      socket.emit('reload', { stream });
      return;
    }
    const rows = await this.deps.transact.read.events.after(stream, after, REPLAY_LIMIT + 500);
    socket.emit('events', batchOf(stream, rows, viewer.locale, this.deps.spanOf));
  }

  /** Streams somebody watches now. */
  private watched(): readonly string[] {
    const rooms = [...this.deps.io.sockets.adapter.rooms.keys()].filter((room) => room.includes(' '));
    return [...new Set(rooms.map((room) => room.slice(0, room.lastIndexOf(' '))))];
  }

  private async flush(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      const watched = new Set(this.watched());
      const streams = [...this.due].filter((stream) => watched.has(stream) && !isLog(stream));
      this.due.clear();
      for (const stream of this.sent.keys()) if (!watched.has(stream)) this.sent.delete(stream);
      for (const stream of streams) await this.send(stream);
    } finally {
      this.busy = false;
    }
  }
  private async send(stream: string): Promise<void> {
    const rows = await this.deps.transact.read.events.after(stream, this.sent.get(stream) ?? 0, REPLAY_LIMIT);
    const last = rows.at(-1);
    if (last === undefined) return;
    this.sent.set(stream, last.seq);
    for (const locale of LOCALES) {
      const room = roomOf(stream, locale);
      if (this.deps.io.sockets.adapter.rooms.has(room))
        this.deps.io.to(room).emit('events', batchOf(stream, rows, locale, this.deps.spanOf));
    }
  }

  private async beat(): Promise<void> {
    if (this.deps.io.engine.clientsCount === 0) return;
    const seen = await this.deps.transact.read.workers.latest().catch(() => null);
    const worker = seen !== null && Date.now() - seen.getTime() < WORKER_SILENT_MS;
    this.deps.io.emit('beat', { at: new Date().toISOString(), worker });
  }

  private askForTails(): void {
    for (const stream of this.watched()) if (isLog(stream)) this.askForTail(stream);
  }
  private askForTail(stream: string): void {
    const [, kode = '', app = ''] = stream.split(':');
    this.deps.publisher.publish(`sp:${this.deps.installation}:tail`, `${kode} ${app}`).catch(() => undefined);
  }
  private logLine(channel: string, text: string): void {
    const stream = channel.slice(`sp:${this.deps.installation}:`.length) as LiveStream;
    const line = JSON.parse(text) as { readonly at: string; readonly stream: string; readonly text: string };
    const level = /error|fatal|galat/i.test(line.text) ? 'error' : /warn|deprecated/i.test(line.text) ? 'warn' : 'info';
    for (const locale of LOCALES)
      this.deps.io
        .to(roomOf(stream, locale))
        .emit('lines', { stream, lines: [{ at: line.at, level, text: line.text }] });
  }
}

/** Rows as the browser wants them, with the feed line in its language. */
export type SpanOf = (locale: Locale) => (seconds: number | null) => string;
const batchOf = (stream: string, rows: readonly StreamEvent[], locale: Locale, spanOf: SpanOf): LiveBatch => ({
  stream: stream as LiveStream,
  events: rows.map((row) => liveEventOf(row, locale, spanOf)),
});
const liveEventOf = (row: StreamEvent, locale: Locale, spanOf: SpanOf): LiveEvent => {
  const type = row.type as LiveType;
  const body = row.body as LiveBodies[LiveType];
  const line = eventLine(MESSAGES[locale], type, body, spanOf(locale));
  return { seq: row.seq, type, body, at: row.at.toISOString(), line } as LiveEvent;
};
