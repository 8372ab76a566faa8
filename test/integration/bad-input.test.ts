import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe as describeFault } from '../../server/cli/output';
import { TERMINAL } from '../../server/domain/actor';
import type { ErrorCode } from '../../server/domain/error-codes';
import { AppError, type ErrorParams } from '../../server/domain/errors';
import { Secret } from '../../server/domain/secret';
import { PersonalTokenService } from '../../server/services/personal-token-service';
import { DESA_ROWS } from '../bad-input/desa';
import { MACHINE_ROWS } from '../bad-input/machine';
import { badInputPage, type Said } from '../bad-input/page';
import { RELEASE_ROWS } from '../bad-input/releases';
import type { Ground, Row } from '../bad-input/row';
import { imageOf } from '../bad-input/world-image';
import { ApiClient, problemOf } from '../helpers/api-client';
import { layWire, type Wire } from '../helpers/cut-wire';
import { ADMIN, openDocsWorld, type DocsWorld } from '../helpers/docs-world';
import { freePort } from '../helpers/private-server';
import { serveWeb } from '../helpers/web-installation';

jest.setTimeout(120_000);
const PAGE = path.join(__dirname, '../bad-input/README.md');
const [KLIRONG, LOCALES] = ['33.05.05.2011', ['id', 'en']] as const;
const MIB = 1024 ** 2;

let world: DocsWorld;
let wire: Wire;
let web: Awaited<ReturnType<typeof serveWeb>>;
let api: ApiClient;
let freePorts: Ground['freePorts'];
const stranger = createServer();

beforeAll(async () => {
  world = await openDocsWorld();
  await world.enter('installed');
  const url = new URL(world.config.databaseUrl?.reveal() ?? '');
  wire = await layWire(Number(url.port));
  url.port = new URL(wire.origin).port;
  web = await serveWeb({ ...world.config, databaseUrl: new Secret(url.href) });
  const { transact } = world.bench.bench;
  const admin = await transact.read.users.findByEmail(ADMIN);
  const { token } = await new PersonalTokenService(transact).create(
    TERMINAL,
    { name: 'uji', access: 'full' },
    admin!.user.id,
  );
  api = await ApiClient.open(web.origin, { token });
  freePorts = [await freePort(), await freePort(), await freePort()];
  await new Promise<void>((resolve) => stranger.listen(0, '0.0.0.0', resolve));
});
afterAll(async () => {
  stranger.close();
  await web.stop();
  await wire.close();
  await world.close();
});

const onGround = async (row: Row, work: (ground: Ground) => Promise<void>): Promise<void> => {
  mkdirSync(path.join(world.folder, 'baris'), { recursive: true });
  const folder = mkdtempSync(path.join(world.folder, 'baris', 'x-'));
  const takenPort = (stranger.address() as AddressInfo).port;
  const ground = { world, folder, wire, takenPort, freePorts };
  await row.lay?.(ground);
  try {
    await work(ground);
  } finally {
    await row.undo?.(ground);
    rmSync(folder, { recursive: true, force: true });
  }
};

/** The same words on every machine and every day. */
const plain = (text: string, { folder, takenPort, freePorts: [http, https] }: Ground): string =>
  text
    .replaceAll(folder, '/media/usb')
    .replaceAll(world.repository, 'https://git.contoh.id/opensid.git')
    .replaceAll(String(takenPort), '80')
    .replaceAll(String(http), '80')
    .replaceAll(String(https), '443')
    .replace(/\d+ MiB/g, '… MiB');

interface ToldError {
  readonly code: ErrorCode;
  readonly field: string | null;
  readonly params: ErrorParams;
}
const faultOf = ({ code, field, params }: ToldError): AppError =>
  new AppError(code, params, field === null ? {} : { field });

const told = async (row: Row, ground: Ground): Promise<Omit<Said, 'row'>> => {
  const argv = row.argv(ground);
  const said: string[] = [];
  for (const locale of row.refused === undefined ? LOCALES : (['id'] as const)) {
    const elsewhere = { ...row.elsewhere?.(ground), locale };
    const answer = await world.line.tell([...argv, '--json'], undefined, elsewhere);
    const line = answer.said.trimEnd().split('\n').at(-1) ?? '';
    expect([line, answer.code]).toEqual([line, row.exit]);
    const { error } = JSON.parse(answer.out) as { error: ToldError };
    expect({ code: error.code, field: error.field }).toEqual({ code: row.code, field: row.field });
    if (row.problem !== null) expect(error.params).toMatchObject({ problem: row.problem });
    expect(line).toMatch(row.field === null ? /^siappakai: \S/ : new RegExp(`^siappakai: ${row.field}: `));
    // A whole sentence and what to do, without a hole.
    expect(line).not.toMatch(/—|\{|undefined|null|NaN/);
    expect(line.split(/[.!?] /).length).toBeGreaterThanOrEqual(2);
    said.push(plain(line.replace('siappakai: ', ''), ground));
    // An import is brought once; the other language follows from the same facts.
    if (row.refused !== undefined) said.push(plain(describeFault(faultOf(error), 'en'), ground));
  }
  const [id = '', en = ''] = said;
  expect(id).not.toBe(en);
  return { command: plain(argv.join(' '), ground), id, en };
};

const refusedRelease = async (id: string): Promise<Record<string, unknown>> => {
  for (;;) {
    const release = await api.good('release.show', { params: { id } });
    if (release['state'] === 'refused' || release['state'] === 'ready') return release;
    await sleep(50);
  }
};
const asked = async (row: Row, ground: Ground): Promise<void> => {
  if (row.rest === null || row.refused === 'once') return;
  const { operation, call } = row.rest(ground);
  if (row.refused === 'each way') {
    const { id } = await api.good(operation, call);
    const release = await refusedRelease(String(id));
    expect(release).toMatchObject({ state: 'refused', reasonCode: row.problem });
    expect(String(release['reason']).length).toBeGreaterThan(15);
    return;
  }
  const reply = await api.act(operation, call);
  const { code, problem, field, message } = problemOf(reply);
  expect({ status: reply.status, code, problem, field }).toEqual({
    ...{ status: row.status, code: row.code, problem: row.problem, field: row.restField ?? row.field },
  });
  expect(message.id).not.toBe(message.en);
};

/** Runs it, and says how long it took and how much more memory it held (seconds, MiB). */
const weighed = async <T>(work: () => Promise<T>) => {
  const [began, before] = [performance.now(), process.memoryUsage().rss];
  let peak = before;
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 20);
  const result = await work().finally(() => clearInterval(watch));
  return { result, seconds: (performance.now() - began) / 1000, mebibytes: (peak - before) / MIB };
};

const sections = [
  { title: 'What is asked for a desa', rows: DESA_ROWS },
  { title: 'Releases', rows: RELEASE_ROWS },
  { title: 'The machine', rows: MACHINE_ROWS },
];
const heard = new Map<Row, Said>();

describe.each(sections)('$title', ({ rows }) => {
  test.each(rows)('$what', (row) =>
    onGround(row, async (ground) => {
      const before = await imageOf(world);
      const { result, seconds, mebibytes } = await weighed(() => told(row, ground));
      if (row.most !== undefined) {
        expect(seconds).toBeLessThan(row.most.seconds);
        expect(mebibytes).toBeLessThan(row.most.mebibytes);
      }
      await asked(row, ground);
      expect(await imageOf(world)).toEqual(before);
      heard.set(row, { row, ...result });
    }),
  );
});

test('without Redis a command acts all the same', async () => {
  const answer = await world.line.tell(['desa', 'list', '--json'], undefined, { redisUrl: 'redis://127.0.0.1:1/0' });
  expect(answer.code).toBe(0);
  expect((JSON.parse(answer.out) as unknown[]).length).toBe(2);
});

test('the page says what was said', () => {
  const all = sections.flatMap(({ rows }) => rows);
  expect(all.filter((row) => !heard.has(row)).map((row) => row.what)).toEqual([]);
  const page = badInputPage(sections.map(({ title, rows }) => ({ title, said: rows.map((row) => heard.get(row)!) })));
  const fresh = path.join(tmpdir(), 'siappakai-bad-input.md');
  writeFileSync(fresh, page);
  // cp "$TMPDIR/siappakai-bad-input.md" test/bad-input/README.md
  expect(readFileSync(PAGE, 'utf8')).toBe(page);
});

describe('two presses at once act once', () => {
  const rollouts = async (): Promise<number> => (await api.rows('rollout.list')).length;

  test('of the same change: the second one is told what is under way', async () => {
    const count = await rollouts();
    const press = () => api.act('rollout.start', { body: { kind: 'restart', kodes: [KLIRONG] } });
    const [one, two] = (await Promise.all([press(), press()])).sort((a, b) => a.status - b.status);
    expect([one?.status, two?.status]).toEqual([202, 409]);
    expect(problemOf(two!)).toMatchObject({ code: 'nothing_to_do', problem: 'busy' });
    expect(await rollouts()).toBe(count + 1);
    await world.settled((one?.body as { rolloutId: string }).rolloutId);
  });

  test('with the same key: both get the same answer', async () => {
    const count = await rollouts();
    const call = { body: { kind: 'restart', kodes: [KLIRONG] }, headers: { 'idempotency-key': 'dua-kali-tekan-1' } };
    const [one, two] = await Promise.all([api.act('rollout.start', call), api.act('rollout.start', call)]);
    expect([one.status, two.status]).toEqual([202, 202]);
    expect(one.body).toEqual(two.body);
    expect(await rollouts()).toBe(count + 1);
    await world.settled((one.body as { rolloutId: string }).rolloutId);
  });

  test('of the same release: it is kept once', async () => {
    const { db } = world.bench.bench.control;
    const version = { app: 'opensid', version: '2410.0.0' };
    await db('releases').where(version).delete();
    const location = path.join(world.usb, 'opensid-2410.0.0.zip');
    const press = () => api.good('release.import', { body: { app: 'opensid', location } });
    await Promise.all([press(), press()]);
    while ((await world.bench.bench.transact.read.releases.unfinished()).length > 0) await sleep(50);
    expect(await db('releases').where(version).pluck<string[]>('state')).toEqual(['ready']);
    expect(readdirSync(path.join(world.config.paths.releases, 'opensid'))).toHaveLength(1);
  });
});
