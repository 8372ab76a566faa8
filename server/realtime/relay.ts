import type { Redis } from 'ioredis';
import type { Server, Socket } from 'socket.io';
import { z } from 'zod';
import { may } from '../auth/permission';
import { SYSTEM, type Actor } from '../domain/actor';
import type { LiveStream, RolloutSummary } from '../domain/live-events';
import type { Logger } from '../logger';
import type { Transactor } from '../stores';
import { LOCALES } from '../domain/user';
import type { Locale } from '../texts';
import { frameOf, summaryChange, type Speech } from './frames';
import type { LogLines } from './log-lines';

/** The first event after a quiet moment is sent at once, those that follow wait for each other. */
const FRAME_MS = 100;
const POLL_MS = 2000;
const BEAT_MS = 2000;
const WORKER_SILENT_MS = 12_000;
const REPLAY_LIMIT = 4000;
const TAIL_ASK_MS = 10_000;
const SUMMARY_MS = 1000;
const CHECK_MS = 30_000;

const joinSchema = z.object({
  stream: z
    .string()
    .max(120)
    .regex(/^(rollout|release|log):[0-9A-Za-z.:-]+$|^fleet$/),
  after: z.int().min(0),
});
const roomOf = (stream: string, locale: Locale): string => `${stream} ${locale}`;
const isLog = (stream: string): boolean => stream.startsWith('log:');
const isRollout = (stream: string): boolean => stream.startsWith('rollout:');

/** By the kind of the stream; a log by its desa. */
const mayWatch = (actor: Actor, stream: string): boolean => {
  const [kind = '', kode = ''] = stream.split(':');
  if (kind === 'log') return may(actor, 'desa.logs', kode);
  if (kind === 'release') return may(actor, 'release.read');
  return may(actor, kind === 'fleet' ? 'desa.read' : 'rollout.read');
};

export interface Viewer {
  readonly actor: Actor;
  readonly locale: Locale;
}
export interface RelayDeps extends Speech {
  readonly io: Server;
  readonly transact: Transactor;
  /** A connection of its own: it only listens. */
  readonly subscriber: Redis;
  readonly publisher: Redis;
  readonly channel: string;
  readonly installation: string;
  readonly logger: Logger;
  /** The numbers of a rollout in one language; null when there is no such rollout. */
  readonly summaryOf: (actor: Actor, rolloutId: string, locale: Locale) => Promise<RolloutSummary | null>;
  readonly logs: LogLines;
  /** Who sits behind a socket now; null = not signed in any more. */
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
  /** Last summary sent to a room. */
  private readonly summaries = new Map<string, RolloutSummary>();
  private nextFrame: NodeJS.Timeout | null = null;
  private flushedAt = 0;
  private busy = false;

  constructor(deps: RelayDeps) {
    this.deps = deps;
  }

  start(): void {
    const { io, subscriber, channel, logger, transact } = this.deps;
    io.on('connection', (socket) => void this.welcome(socket));
    subscriber.on('message', (from: string, text: string) => {
      const stream = text.slice(0, text.lastIndexOf(' '));
      transact.changes.count += 1;
      if (from !== channel || !this.isWatched(stream)) return;
      this.due.add(stream);
      this.flushSoon();
    });
    subscriber.subscribe(channel).catch((error: unknown) => logger.warn({ err: error }, 'relay listens by polling'));
    this.deps.logs.onLine((kode, app, line) => {
      const stream: LiveStream = `log:${kode}:${app}`;
      for (const locale of LOCALES) io.to(roomOf(stream, locale)).emit('lines', { stream, lines: [line] });
    });
    this.every(POLL_MS, () => {
      for (const stream of this.watched()) this.due.add(stream);
      return this.flush();
    });
    this.every(BEAT_MS, () => this.beat());
    this.every(SUMMARY_MS, () => this.sendSummaries());
    this.every(TAIL_ASK_MS, async () => this.askForTails());
    this.every(CHECK_MS, () => this.checkViewers());
  }
  stop(): void {
    this.timers.forEach((timer) => clearInterval(timer));
    if (this.nextFrame !== null) clearTimeout(this.nextFrame);
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

  /** Browsers ask at once, so the ear is there before it is known who they are. */
  private async welcome(socket: Socket): Promise<void> {
    const { logger } = this.deps;
    const known = this.deps.viewerOf(socket).catch((error: unknown) => {
      logger.warn({ err: error }, 'who a socket belongs to could not be read');
      return null;
    });
    socket.on('join', (asked: unknown) => {
      known
        .then((viewer) => (viewer === null ? undefined : this.join(socket, viewer, asked)))
        .catch((error: unknown) => logger.warn({ err: error }, 'join'));
    });
    if ((await known) === null) socket.disconnect(true);
    else socket.emit('ready');
  }

  /** Into the room first, then the replay: an event between the two arrives twice and is dropped by its number, never lost. */
  private async join(socket: Socket, viewer: Viewer, asked: unknown): Promise<void> {
    const parsed = joinSchema.safeParse(asked);
    if (!parsed.success || !mayWatch(viewer.actor, parsed.data.stream)) return;
    const { stream, after } = parsed.data;
    await socket.join(roomOf(stream, viewer.locale));
    if (isLog(stream)) {
      this.askForTail(stream);
      return;
    }
    const last = await this.deps.transact.read.events.lastSeq(stream);
    if (!this.sent.has(stream)) this.sent.set(stream, last);
    if (after > last || last - after > REPLAY_LIMIT) {
      socket.emit('reload', { stream });
      return;
    }
    const rows = await this.deps.transact.read.events.after(stream, after, REPLAY_LIMIT + 500);
    socket.emit('events', frameOf(stream, after, rows, viewer.locale, this.deps));
    const summary = this.summaries.get(roomOf(stream, viewer.locale));
    if (summary !== undefined) socket.emit('summary', summaryChange(null, summary));
  }

  private isWatched(stream: string): boolean {
    return LOCALES.some((locale) => this.deps.io.sockets.adapter.rooms.has(roomOf(stream, locale)));
  }
  /** Streams somebody watches now. */
  private watched(): readonly string[] {
    const rooms = [...this.deps.io.sockets.adapter.rooms.keys()].filter((room) => room.includes(' '));
    return [...new Set(rooms.map((room) => room.slice(0, room.lastIndexOf(' '))))];
  }

  private flushSoon(): void {
    if (this.nextFrame !== null) return;
    this.nextFrame = setTimeout(
      () => {
        this.nextFrame = null;
        this.flush().catch((error: unknown) => this.deps.logger.warn({ err: error }, 'relay'));
      },
      Math.max(0, this.flushedAt + FRAME_MS - Date.now()),
    );
    this.nextFrame.unref();
  }
  private async flush(): Promise<void> {
    if (this.busy) {
      this.flushSoon();
      return;
    }
    this.busy = true;
    this.flushedAt = Date.now();
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
    const after = this.sent.get(stream) ?? 0;
    const rows = await this.deps.transact.read.events.after(stream, after, REPLAY_LIMIT);
    const last = rows.at(-1);
    if (last === undefined) return;
    this.sent.set(stream, last.seq);
    for (const locale of LOCALES) {
      const room = roomOf(stream, locale);
      if (this.deps.io.sockets.adapter.rooms.has(room))
        this.deps.io.to(room).emit('events', frameOf(stream, after, rows, locale, this.deps));
    }
  }

  private async beat(): Promise<void> {
    if (this.deps.io.sockets.sockets.size === 0) return;
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

  /** Newest wins; sent only when something in it changed. */
  private async sendSummaries(): Promise<void> {
    for (const stream of this.watched().filter(isRollout))
      for (const locale of LOCALES) {
        const room = roomOf(stream, locale);
        if (!this.deps.io.sockets.adapter.rooms.has(room)) continue;
        const summary = await this.deps.summaryOf(SYSTEM, stream.slice('rollout:'.length), locale);
        const change = summary === null ? null : summaryChange(this.summaries.get(room) ?? null, summary);
        if (summary === null || change === null) continue;
        this.summaries.set(room, summary);
        this.deps.io.to(room).emit('summary', change);
      }
    const watched = new Set(this.watched());
    for (const room of this.summaries.keys())
      if (!watched.has(room.slice(0, room.lastIndexOf(' ')))) this.summaries.delete(room);
  }

  /** Who signed out, or lost the account, hears nothing more. */
  private async checkViewers(): Promise<void> {
    for (const socket of this.deps.io.sockets.sockets.values())
      if ((await this.deps.viewerOf(socket)) === null) socket.disconnect(true);
  }
}
