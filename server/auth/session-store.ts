import session from 'express-session';
import type { SessionStore } from '../stores/session-store';
import { sha256 } from './one-time-token';

declare module 'express-session' {
  interface SessionData {
    userId?: string;
    /** Secret of this browser before anybody signed in; one-time links are bound to it. */
    browserKey?: string;
    ip?: string;
    userAgent?: string;
    csrf?: string;
    /** Sentence for the next page, shown once. */
    notice?: string;
    /** Set by the store: a row exists, so its absence means that the session was revoked. */
    persisted?: boolean;
  }
}

/** A visit moves the end of its session at most this often: a page would else wait for a write to the disk. */
const TOUCH_MS = 60_000;
const TOUCHED = 1000;

type Done = (error?: unknown) => void;
const finish = (work: Promise<unknown>, done?: Done): void => {
  work.then(
    () => done?.(),
    (error: unknown) => done?.(error),
  );
};

/** Sessions of express in our own table, by the hash of their id: reading the table opens no session. */
export class DatabaseSessionStore extends session.Store {
  private readonly sessions: SessionStore;
  private readonly lifetimeMs: number;
  /** Session → when it was moved last, ms. */
  private readonly touched = new Map<string, number>();
  constructor(sessions: SessionStore, lifetimeMs: number) {
    super();
    this.sessions = sessions;
    this.lifetimeMs = lifetimeMs;
  }

  override get(sid: string, done: (error: unknown, data?: session.SessionData | null) => void): void {
    this.sessions.find(sha256(sid)).then(
      (data) => done(null, data !== null && isSession(data) ? data : null),
      (error: unknown) => done(error),
    );
  }

  override set(sid: string, data: session.SessionData, done?: Done): void {
    finish(this.write(sid, data), done);
  }

  override destroy(sid: string, done?: Done): void {
    finish(this.sessions.remove(sha256(sid)), done);
  }

  override touch(sid: string, data: session.SessionData, done?: () => void): void {
    const now = Date.now();
    if (now - (this.touched.get(sid) ?? 0) < TOUCH_MS) {
      done?.();
      return;
    }
    if (this.touched.size > TOUCHED) this.touched.clear();
    this.touched.set(sid, now);
    finish(this.sessions.touch(sha256(sid), this.endOf(data)), () => done?.());
  }

  private async write(sid: string, data: session.SessionData): Promise<void> {
    const idHash = sha256(sid);
    const row = {
      idHash,
      userId: data.userId ?? null,
      data: { ...data, persisted: true },
      expiresAt: this.endOf(data),
      ip: data.ip ?? null,
      userAgent: data.userAgent ?? null,
    };
    await (data.persisted === true ? this.sessions.update(row) : this.sessions.put(row));
  }

  private endOf(data: session.SessionData): Date {
    return new Date(Date.now() + (data.cookie.maxAge ?? this.lifetimeMs));
  }
}

/** What we wrote ourselves; express makes a cookie object out of the plain one. */
const isSession = (data: Readonly<Record<string, unknown>>): data is session.SessionData & Record<string, unknown> =>
  typeof data['cookie'] === 'object' && data['cookie'] !== null;
