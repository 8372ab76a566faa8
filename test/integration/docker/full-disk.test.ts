import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createConnection } from 'mysql2/promise';
import { ProvisionError, type TargetSession } from '../../../provisioners/contracts';
import { makeMariadb } from '../../../provisioners/databases/mariadb/mariadb';
import { run } from '../../../provisioners/lib/run';
import { filesTar } from '../../../provisioners/lib/tar';
import { loadApps } from '../../../provisioners/registry';
import { createReleaseSources, importRelease } from '../../../provisioners/releases';
import { target } from '../../../provisioners/targets/docker';
import { ensureEngine } from '../../../server/parts/engine';
import { endProcess } from '../../../server/parts/process-identity';
import { describe as describeFault } from '../../../server/cli/output';
import { enginePlace, engineProcess } from '../../helpers/private-engine';
import { startMariadb } from '../../helpers/mariadb';
import { readTree, writeTree } from '../../helpers/release-fixtures';

jest.setTimeout(60_000);
const MIB = 1024 ** 2;
const SAMPLE = path.join(__dirname, '../../../deploy-templates/samples/opensid-2410.0.0');
const never = new AbortController().signal;

/** A disk of its own, of that many MiB. */
const withDisk = async (mebibytes: number, work: (disk: string) => Promise<void>): Promise<void> => {
  const disk = mkdtempSync(path.join(tmpdir(), 't-disk-'));
  await run(['mount', '-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', disk], { timeoutMs: 10_000 });
  try {
    await work(disk);
  } finally {
    await run(['umount', '-l', disk], { timeoutMs: 10_000 });
    rmSync(disk, { recursive: true, force: true });
  }
};
const freeOn = (disk: string): number => {
  const { bavail, bsize } = statfsSync(disk);
  return bavail * bsize;
};
/** Somebody else writes until nothing is left. */
const fillUp = (disk: string): void => {
  const piece = Buffer.alloc(MIB);
  for (let at = 0; ; at += 1)
    try {
      writeFileSync(path.join(disk, `orang-lain-${at}`), piece);
    } catch {
      return;
    }
};
const strangersOf = (disk: string): readonly string[] => readdirSync(disk).filter((name) => name.startsWith('orang'));
const clear = (disk: string): void => strangersOf(disk).forEach((name) => rmSync(path.join(disk, name)));

/** It is refused for want of space, with how much is missing, in words too. */
const refusal = async (work: Promise<unknown>): Promise<ProvisionError> => {
  const error: unknown = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ProvisionError)) throw new Error(`not refused: ${String(error)}`);
  expect(error.code).toBe('no_space');
  expect(Number(error.details['missing'])).toBeGreaterThan(0);
  for (const locale of ['id', 'en'] as const)
    expect(describeFault(error, locale)).toMatch(/(Kosongkan sedikitnya|Free at least) \d+ MiB/);
  return error;
};

describe('a release', () => {
  const importOn = async (disk: string, location: string, onStage: (stage: string) => void = () => undefined) => {
    const app = (await loadApps()).get('opensid')!;
    const [storeDir, workDir] = [path.join(disk, 'rilis'), path.join(disk, 'rilis', '.kerja')];
    const request = { app, sources: createReleaseSources(), location, storeDir, workDir, signal: never };
    return importRelease({ ...request, onProgress: onStage });
  };
  const leftOn = (disk: string): readonly string[] =>
    readdirSync(disk, { recursive: true, encoding: 'utf8' }).filter((name) => /import-|\.tmp-|\.tar\.gz/.test(name));
  const folder = mkdtempSync(path.join(tmpdir(), 't-full-'));
  beforeAll(async () => {
    const tree = await readTree(SAMPLE);
    const noise = Array.from({ length: 20 }, (_, at) => [`acak/${at}.bin`, randomBytes(MIB)] as const);
    const files = noise.map(([name, content]) => [name, { kind: 'file', content }] as const);
    await writeTree(folder, { ...tree, ...Object.fromEntries(files) });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('is refused before anything is written', () =>
    withDisk(80, async (disk) => {
      const before = freeOn(disk);
      const { details } = await refusal(importOn(disk, folder, () => expect(freeOn(disk)).toBeGreaterThan(79 * MIB)));
      expect(Number(details['needed'])).toBeGreaterThan(84 * MIB);
      expect(Number(details['missing'])).toBeLessThan(40 * MIB);
      expect([leftOn(disk), before - freeOn(disk) < MIB]).toEqual([[], true]);
    }));

  test.each(['fetching', 'verifying'])(
    'leaves nothing when the disk fills while %s, and comes in afterwards',
    (stage) =>
      withDisk(120, async (disk) => {
        let filled = false;
        await refusal(
          importOn(disk, folder, (now) => {
            if (now !== stage || filled) return;
            filled = true;
            fillUp(disk);
          }),
        );
        expect([filled, leftOn(disk)]).toEqual([true, []]);
        clear(disk);
        expect(await importOn(disk, folder)).toMatchObject({ version: '2410.0.0', outcome: 'stored' });
      }),
  );
});

describe('a dump', () => {
  let mariadb: Awaited<ReturnType<typeof startMariadb>>;
  let server: ReturnType<typeof makeMariadb>;
  beforeAll(async () => {
    mariadb = await startMariadb();
    const { socketPath, adminUser: user, adminPassword: password } = mariadb;
    server = makeMariadb({ connection: { socketPath, user, password }, endpointPort: mariadb.port });
    const admin = await createConnection({ socketPath, user, password });
    await admin.query('CREATE DATABASE db_penuh');
    await admin.query('CREATE TABLE db_penuh.t (id INT PRIMARY KEY, isi LONGBLOB)');
    for (let at = 0; at < 24; at += 1)
      await admin.query('INSERT INTO db_penuh.t VALUES (?, ?)', [at, randomBytes(MIB)]);
    await admin.query('ANALYZE TABLE db_penuh.t');
    await admin.end();
  });
  afterAll(async () => {
    await server.close();
    await mariadb.stop();
  });

  test('is refused before anything is written', () =>
    withDisk(70, async (disk) => {
      const { details } = await refusal(server.dump('db_penuh', path.join(disk, 'a.sql.gz'), never));
      expect(Number(details['needed'])).toBeGreaterThan(Number(details['free']));
      expect(readdirSync(disk)).toEqual([]);
    }));

  test('leaves nothing when the disk fills while it is written, and is whole afterwards', () =>
    withDisk(140, async (disk) => {
      let filled = false;
      const onProgress = (bytes: number): void => {
        if (bytes < MIB || filled) return;
        filled = true;
        fillUp(disk);
      };
      await refusal(server.dump('db_penuh', path.join(disk, 'a.sql.gz'), never, onProgress));
      expect([filled, readdirSync(disk).length]).toEqual([true, strangersOf(disk).length]);
      clear(disk);
      expect(await server.dump('db_penuh', path.join(disk, 'a.sql.gz'), never)).toMatchObject({ verified: true });
    }));
});

describe('an image', () => {
  const config = { command: ['/x'] };
  const content = (): NodeJS.ReadableStream =>
    filesTar([{ path: '/isi', content: randomBytes(60 * MIB), mode: 0o644, uid: 0, gid: 0 }]);
  const build = (session: TargetSession, tag: string, bytes: number) =>
    session.buildImage(
      { tag, from: 't-dasar:1', labels: {}, put: [content], run: [], config, bytes },
      () => undefined,
      never,
    );
  const withEngine = (
    mebibytes: number,
    work: (session: TargetSession, data: string) => Promise<void>,
  ): Promise<void> =>
    withDisk(mebibytes, async (disk) => {
      const folder = mkdtempSync(path.join(tmpdir(), 't-mesin-'));
      const place = enginePlace(folder, disk);
      mkdirSync(place.stateFolder, { recursive: true });
      await ensureEngine(`unix://${place.socket}`, place);
      const session = await target.connect({ url: `unix://${place.socket}` }, 't-full-disk');
      try {
        const base = filesTar([{ path: '/ada', content: 'x', mode: 0o644, uid: 0, gid: 0 }]);
        await session.importImage('t-dasar:1', base, {}, config);
        await work(session, disk);
      } finally {
        await session.close();
        const engine = engineProcess(place);
        if (engine !== null) await endProcess(engine, 15_000);
        rmSync(folder, { recursive: true, force: true });
      }
    });
  const images = async (session: TargetSession): Promise<number> => (await session.listImages({})).length;

  test('is refused before anything is put in; when the disk fills meanwhile nothing is left', () =>
    withEngine(120, async (session, data) => {
      const free = freeOn(data);
      const { details } = await refusal(build(session, 't-besar:1', 60 * MIB));
      expect(Number(details['needed'])).toBeGreaterThan(120 * MIB);
      expect([await images(session), (await session.find({})).length]).toEqual([1, 0]);
      expect(free - freeOn(data)).toBeLessThan(4 * MIB);
      // Nobody knew how much it would be.
      await refusal(build(session, 't-besar:1', 0));
      expect([await images(session), (await session.find({})).length]).toEqual([1, 0]);
      expect(free - freeOn(data)).toBeLessThan(4 * MIB);
    }));
});
