import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildAssets } from '../../server/assets/build';
import type { Config } from '../../server/config';
import { ensureInstallation } from '../../server/installation';
import { createLogger } from '../../server/logger';
import { Secret } from '../../server/domain/secret';
import { ensurePartSecrets, webSocketFile } from '../../server/parts/addresses';
import { connectDatabase, migrateDatabase, type Db } from '../../server/stores/connect';
import { makeTransactor, type Transactor } from '../../server/stores';
import { runWeb } from '../../server/wiring/web';
import { startMariadb, type TestMariadb } from './mariadb';
import { freePort } from './private-server';
import { startRedis, type TestRedis } from './redis';
import { Redis } from 'ioredis';

export interface WebInstallation {
  readonly origin: string;
  readonly config: Config;
  readonly db: Db;
  readonly mariadb: TestMariadb;
  readonly redis: TestRedis;
  /** Commits here are told to the running web process like those of the worker. */
  readonly transactor: Transactor;
  stop(): Promise<void>;
}
const ROOT = path.join(__dirname, '..', '..');

/** The real web process in this one, on what `config` names; answers when this resolves. */
export const serveWeb = async (config: Config): Promise<{ readonly origin: string; stop(): Promise<void> }> => {
  const outDir = path.join(ROOT, 'dist', 'assets');
  if (!existsSync(path.join(outDir, 'manifest.json'))) await buildAssets({ root: ROOT, outDir });
  ensurePartSecrets(config, process.getgid?.() ?? 0);
  mkdirSync(path.dirname(webSocketFile(config)), { recursive: true });
  const shutdown = new AbortController();
  const running = runWeb(config, createLogger('test', 'stderr'), shutdown.signal);
  const origin = `http://127.0.0.1:${config.dashboardPort}`;
  while (
    !(await fetch(`${origin}/healthz`).then(
      (answer) => answer.ok,
      () => false,
    ))
  )
    await new Promise((resolve) => setTimeout(resolve, 50));
  return {
    origin,
    async stop() {
      shutdown.abort();
      await running;
    },
  };
};

/** The real web process on a MariaDB and a Redis of its own. */
export const startWebInstallation = async (): Promise<WebInstallation> => {
  const [mariadb, redis] = await Promise.all([startMariadb(), startRedis()]);
  const admin = connectDatabase(`${mariadb.url}/mysql`, 1);
  await admin.raw('CREATE DATABASE control CHARACTER SET utf8mb4');
  await admin.destroy();
  const url = `${mariadb.url}/control`;
  const db = connectDatabase(url, 6);
  await migrateDatabase(db);
  const home = mkdtempSync(path.join(tmpdir(), 't-web-'));
  const [dashboardPort, httpPort, httpsPort] = [await freePort(), await freePort(), await freePort()];
  const config = ensureInstallation(
    {
      home,
      name: 't-web',
      httpPort,
      httpsPort,
      dashboardPort,
      databaseUrl: new Secret(url),
      tenantDatabaseUrl: null,
      redisUrl: new Secret(redis.url),
      dockerHost: null,
      language: null,
    },
    'production',
    { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
  );
  const served = await serveWeb(config);
  const { origin } = served;
  const publisher = new Redis(redis.url, { retryStrategy: () => 500, maxRetriesPerRequest: 1 });
  publisher.on('error', () => undefined);
  const tell = (text: string): void => void publisher.publish(`sp:${config.id}:events`, text).catch(() => undefined);
  const transactor = makeTransactor(db, (touched) => {
    for (const [stream, seq] of touched) tell(`${stream} ${seq}`);
  });
  // Rows a test writes past the product are told too: pages keep what they read for a moment.
  db.on('query-response', (_rows, { sql }: { readonly sql: string }) => {
    if (!/^\s*select/i.test(sql)) tell('test 0');
  });
  return {
    origin,
    config,
    db,
    mariadb,
    redis,
    transactor,
    async stop() {
      await served.stop();
      publisher.disconnect();
      await db.destroy();
      await Promise.all([mariadb.stop(), redis.stop()]);
      rmSync(home, { recursive: true, force: true });
    },
  };
};

/** A browser without scripts: keeps cookies, knows the token of the last page, follows nothing by itself. */
export class Browser {
  private readonly cookies = new Map<string, string>();
  private readonly origin: string;
  csrf = '';
  constructor(origin: string) {
    this.origin = origin;
  }
  get cookie(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }
  async get(where: string, headers: Record<string, string> = {}): Promise<Page> {
    return this.ask(where, { headers });
  }
  /** Sends a form as a browser would, with its own origin and the token of the page. */
  async post(
    where: string,
    fields: Readonly<Record<string, string | readonly string[]>>,
    headers: Record<string, string> = {},
  ): Promise<Page> {
    const body = new URLSearchParams({ _csrf: this.csrf });
    for (const [name, value] of Object.entries(fields)) {
      if (name === '_csrf') body.delete('_csrf');
      for (const one of typeof value === 'string' ? [value] : value) body.append(name, one);
    }
    return this.ask(where, { method: 'POST', body, headers: { origin: this.origin, ...headers } });
  }
  async ask(where: string, init: RequestInit): Promise<Page> {
    const headers = new Headers(init.headers);
    if (this.cookies.size > 0) headers.set('cookie', this.cookie);
    const answer = await fetch(`${this.origin}${where}`, { ...init, headers, redirect: 'manual' });
    for (const line of answer.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      this.cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    const text = await answer.text();
    this.csrf = /name="_csrf" value="([^"]+)"/.exec(text)?.[1] ?? this.csrf;
    return { status: answer.status, text, to: answer.headers.get('location'), headers: answer.headers };
  }
}
export interface Page {
  readonly status: number;
  readonly text: string;
  /** Where a redirect leads. */
  readonly to: string | null;
  readonly headers: Headers;
}
