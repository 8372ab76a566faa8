import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import type { ProxyRoute, ProxyState } from '../../provisioners/contracts';
import { proveStatic, type ProofRequest } from '../../server/steps/proof';
import { makePublicProbe, type PublicProbe } from '../../server/steps/public-probe';
import { observation } from '../../server/steps/traffic-steps';
import { startLocalHaproxy, type Answer, type LocalHaproxy } from '../helpers/local-haproxy';
import { startMariadb, type TestMariadb } from '../helpers/mariadb';

jest.setTimeout(120_000);

/** The habits of the real apps without a database: OpenSID redirects to its installer, Laravel dies with 500. */
const HABIT = { 'opensid.example': 307, 'pbb.example': 500 } as const;
type Host = keyof typeof HABIT;
const HOSTS = Object.keys(HABIT) as Host[];

const startVillages = async (database: TestMariadb): Promise<Server> => {
  const server = createServer((asked, answer) => {
    const host = (asked.headers.host ?? '').split(':')[0] as Host;
    const { socketPath, adminUser: user, adminPassword: password } = database;
    const look = async (): Promise<void> => {
      const connection = await createConnection({ socketPath, user, password, connectTimeout: 3000 });
      await connection.query('SELECT SLEEP(0.02)').finally(() => connection.destroy());
    };
    look().then(
      () => answer.end('<h1>Desa</h1>'),
      () => {
        if (HABIT[host] === 307) answer.setHeader('location', `https://${host}/koneksi-database`);
        answer.writeHead(HABIT[host]).end('gagal');
      },
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
};

/** The server ends and starts with its own arguments; its data stays. */
class Database {
  readonly argv: readonly string[];
  private pid: number;
  private child: ChildProcess | null = null;
  constructor({ pid }: TestMariadb) {
    this.pid = pid;
    this.argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  }
  signal(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }
  start(): void {
    this.child = spawn('setpriv', ['--pdeathsig', 'KILL', ...this.argv], { stdio: 'ignore' });
    this.pid = this.child.pid ?? -1;
  }
  async end(): Promise<void> {
    if (this.child === null || this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGTERM');
    await once(this.child, 'exit');
  }
}

const WANTED: ProofRequest = {
  app: { name: 'opensid', path: '/' },
  host: 'opensid.example',
  kode: '33.05.05.2011',
  version: '2410.0.0',
  identityKey: 'k',
  instanceId: 'i',
};

interface Seen {
  readonly at: number;
  readonly host: Host;
  readonly answer: Answer;
}
/** Ten visits a second to every host until it is told to stop. */
const watch = (local: LocalHaproxy): { readonly seen: Seen[]; stop(): Promise<void> } => {
  const seen: Seen[] = [];
  const running = new Set<Promise<void>>();
  const visit = async (host: Host): Promise<void> => {
    const answer = await local.get(host, '/');
    seen.push({ at: Date.now(), host, answer });
  };
  const timer = setInterval(() => {
    for (const host of HOSTS) {
      const one = visit(host).finally(() => running.delete(one));
      running.add(one);
    }
  }, 100);
  return {
    seen,
    async stop() {
      clearInterval(timer);
      await Promise.all(running);
    },
  };
};
const isKind = ({ status, headers, text }: Answer): boolean =>
  status === 503 && headers['retry-after'] === '15' && text.includes('Situs ini sebentar lagi kembali');
const describeAnswer = ({ answer }: Seen): string => `${answer.status} ${answer.headers.location ?? ''}`;
const bad = (seen: readonly Seen[]): readonly string[] =>
  seen.filter(({ answer }) => answer.status !== 200 && !isKind(answer)).map(describeAnswer);

describe('the shared database goes away and comes back', () => {
  let mariadb: TestMariadb;
  let database: Database;
  let villages: Server;
  let local: LocalHaproxy;
  const route = (host: Host): ProxyRoute => ({
    id: host,
    hosts: [host],
    path: '/',
    slots: { a: `127.0.0.1:${(villages.address() as AddressInfo).port}`, b: null },
    active: 'a',
    mode: 'open',
  });
  const state = (): ProxyState => ({
    routes: HOSTS.map(route),
    redirects: [],
    dashboard: null,
    brand: { line: 'Kabupaten <Contoh> · Diskominfo', color: '#aa3311' },
  });

  const probe = (): PublicProbe =>
    makePublicProbe({
      address: '127.0.0.1',
      port: local.ports.https,
      caCertificate: () => local.proxy.caCertificate(),
    });

  beforeAll(async () => {
    mariadb = await startMariadb();
    database = new Database(mariadb);
    villages = await startVillages(mariadb);
    local = await startLocalHaproxy(undefined, {
      socket: mariadb.socketPath,
      giveUpPaths: ['/koneksi-database'],
    });
    await local.proxy.ensureCertificates(HOSTS);
    await local.proxy.apply(state());
  });
  afterAll(async () => {
    await local.close();
    villages.closeAllConnections();
    villages.close();
    await database.end();
    await mariadb.stop();
  });

  it('shows everybody the waiting page meanwhile, never what an app makes of it', async () => {
    const visits = watch(local);
    await pause(1500);
    const stopped = Date.now();
    database.signal('SIGTERM');
    await pause(3000);
    const proof = await proveStatic(probe(), WANTED);
    await pause(3000);
    database.start();
    const started = Date.now();
    while (visits.seen.at(-1)?.answer.status !== 200 && Date.now() - started < 30_000) await pause(50);
    await pause(2000);
    await visits.stop();
    expect(bad(visits.seen)).toEqual([]);
    // Neither right nor wrong: the board says that it is not known.
    expect(proof).toMatchObject({ measured: false, reason: { code: 'shared_database_away' } });
    expect(observation(proof).observed).toBe('unknown');
    const away = visits.seen.filter(({ answer }) => answer.status === 503);
    expect(away.length).toBeGreaterThan(60);
    expect((away[0]?.at ?? 0) - stopped).toBeLessThan(5000);
    expect((away.at(-1)?.at ?? 0) - started).toBeLessThan(25_000);
    const text = away.at(-1)?.answer.text ?? '';
    expect(away.at(-1)?.answer.headers['x-siappakai']).toBe('away');
    expect(text).toContain('Kabupaten &lt;Contoh&gt; · Diskominfo');
    expect(text).toContain('lang="en"');
    expect(text).toContain('#aa3311');
    expect(text).not.toMatch(/{{|src=|href=|url\(/);
  });

  it('takes nobody away for a blip, and everybody when the database hangs', async () => {
    const visits = watch(local);
    await pause(500);
    database.signal('SIGSTOP');
    await pause(900);
    database.signal('SIGCONT');
    await pause(2500);
    expect(visits.seen.filter(({ answer }) => answer.status !== 200).map(describeAnswer)).toEqual([]);
    database.signal('SIGSTOP');
    const hung = Date.now();
    while (visits.seen.at(-1)?.answer.status !== 503 && Date.now() - hung < 20_000) await pause(20);
    const took = Date.now() - hung;
    database.signal('SIGCONT');
    await pause(3000);
    await visits.stop();
    expect(took).toBeLessThan(15_000);
    expect(bad(visits.seen)).toEqual([]);
    expect(visits.seen.at(-1)?.answer.status).toBe(200);
  });

  it('never shows where an app gives up, also when the database is there', async () => {
    const server = createServer((_, answer) =>
      answer.writeHead(307, { location: 'https://opensid.example/index.php/koneksi-database' }).end(),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const slot = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    // The doubt after the last fright ends.
    await pause(6000);
    await local.proxy.apply({ ...state(), routes: [{ ...route('opensid.example'), slots: { a: slot, b: null } }] });
    const answer = await local.get('opensid.example', '/');
    server.close();
    expect([answer.status, answer.headers.location]).toEqual([503, undefined]);
    // One desa's own trouble must be seen as such by who measures.
    expect(answer.headers['x-siappakai']).toBeUndefined();
  });
});
