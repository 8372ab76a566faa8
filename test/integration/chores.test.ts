import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync, existsSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { TERMINAL, type Actor } from '../../server/domain/actor';
import { AuditService } from '../../server/services/audit-service';
import { BackupService } from '../../server/services/backup-service';
import { ChoreRunner, type ChoreTools } from '../../server/services/chore-runner';
import { DatabaseModel } from '../../server/services/read-models/database-model';
import { ProvisionError } from '../../provisioners/contracts';
import { loadApps } from '../../provisioners/registry';
import { startControlDatabase, type ControlDatabase } from '../helpers/control-database';

jest.setTimeout(60_000);
let control: ControlDatabase;
let folder: string;
let backups: BackupService;
let dumped: string[];
let dumpFault: Error | null;
const sha = (text: string): string => createHash('sha256').update(text).digest('hex');
const exclusively = async <T>(_name: string, work: () => Promise<T>): Promise<T | null> => work();

const tools = (): ChoreTools => ({
  dumpsFolder: folder,
  dump: async (schema, file) => {
    if (dumpFault !== null) throw dumpFault;
    dumped.push(schema);
    writeFileSync(file, `dump of ${schema}`);
    const text = readFileSync(file, 'utf8');
    return { path: file, bytes: text.length, sha256: sha(text), seconds: 1, tables: 3, verified: true };
  },
  measure: async (file) => {
    if (!existsSync(file)) return null;
    const text = readFileSync(file, 'utf8');
    return { bytes: text.length, sha256: sha(text) };
  },
  removeFile: async (file) => rmSync(file, { force: true }),
});
const runner = (): ChoreRunner => new ChoreRunner(control.transactor, tools(), new AbortController().signal);
const work = (): Promise<void> => runner().sweep(exclusively);
const list = () => backups.list(TERMINAL, 'shared', 1);

beforeAll(async () => {
  control = await startControlDatabase();
  folder = mkdtempSync(path.join(tmpdir(), 't-chores-'));
});
afterAll(async () => {
  await control.stop();
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  await control.clear();
  dumped = [];
  dumpFault = null;
  backups = new BackupService(control.transactor);
  await control.transactor.read
    .knex('databases')
    .insert({ id: 'DB', name: 'gabungan', schema_name: 'db_gabungan', app: 'opensid', channel: 'umum' });
});

test('asked twice, dumped once; both the wish and its end are to be seen', async () => {
  expect(await backups.dumpNow(TERMINAL, 'gabungan')).toBe(true);
  expect(await backups.dumpNow(TERMINAL, 'gabungan')).toBe(false);
  expect((await list()).chores.map((one) => one.state)).toEqual(['waiting']);
  await work();
  await work();
  expect(dumped).toEqual(['db_gabungan']);
  const after = await list();
  expect(after.dumps).toMatchObject([{ schemaName: 'db_gabungan', deploymentId: null, finding: null, tables: 3 }]);
  expect(after.sums.shared.count).toBe(1);
  expect(after.chores).toMatchObject([{ kind: 'dump', state: 'done', subject: 'gabungan' }]);
  const acts = await new AuditService(control.transactor).list(TERMINAL, { limit: 10 });
  expect(acts.map((one) => [one.act, one.object])).toEqual([['backup.dump', 'database:gabungan']]);
  expect(await backups.dumpNow(TERMINAL, 'gabungan')).toBe(true);
});

test('a dump that fails says why and leaves no row', async () => {
  dumpFault = new ProvisionError('no_space', 'full', { free: 1, needed: 2 });
  await backups.dumpNow(TERMINAL, 'gabungan');
  await work();
  const after = await list();
  expect(after.dumps).toEqual([]);
  expect(after.chores).toMatchObject([{ state: 'failed', reason: { code: 'provision_no_space' } }]);
});

test('what a killed worker began is begun again', async () => {
  await backups.dumpNow(TERMINAL, 'gabungan');
  const [chore] = await control.transactor.read.chores.open();
  await control.transactor.read.chores.begin(chore!.id);
  await work();
  expect((await list()).dumps).toHaveLength(1);
});

describe('files that are looked at again', () => {
  const dumpId = async (): Promise<string> => {
    await backups.dumpNow(TERMINAL, 'gabungan');
    await work();
    return (await list()).dumps[0]!.id;
  };
  const finding = async (id: string): Promise<string | null> => {
    await backups.check(TERMINAL, 'dump', id);
    await work();
    return (await backups.findDump(TERMINAL, id)).finding;
  };

  test('sound, changed, gone', async () => {
    const id = await dumpId();
    const { path: file } = await backups.findDump(TERMINAL, id);
    expect(await finding(id)).toBe('sound');
    writeFileSync(file, 'dump of db_gabungaN');
    expect(await finding(id)).toBe('changed');
    rmSync(file);
    expect(await finding(id)).toBe('missing');
  });

  test('an archive is as good as its worst file', async () => {
    const home = path.join(folder, 'arsip');
    mkdirSync(home, { recursive: true });
    writeFileSync(path.join(home, 'a.tar.gz'), 'aaa');
    writeFileSync(path.join(home, 'b.sql.gz'), 'bbb');
    const files = [
      { name: 'a.tar.gz', bytes: 3, sha256: sha('aaa') },
      { name: 'b.sql.gz', bytes: 3, sha256: sha('bbb') },
    ];
    const archive = { id: 'A1', desaKode: '33.05.05.2011', path: home, manifest: { files }, bytes: 6 };
    await control.transactor.read.archives.create(archive);
    const look = async (): Promise<string | null> => {
      await backups.check(TERMINAL, 'archive', 'A1');
      await work();
      return (await control.transactor.read.archives.find('A1'))!.finding;
    };
    expect(await look()).toBe('sound');
    writeFileSync(path.join(home, 'b.sql.gz'), 'bbc');
    expect(await look()).toBe('changed');
    rmSync(path.join(home, 'a.tar.gz'));
    expect(await look()).toBe('missing');
  });

  test('of damaged and whole ones the newest whole one stays', async () => {
    const first = await dumpId();
    const second = await dumpId();
    const { path: file } = await backups.findDump(TERMINAL, second);
    writeFileSync(file, 'torn');
    await backups.check(TERMINAL, 'dump', second);
    await work();
    await expect(backups.removeDump(TERMINAL, first)).rejects.toMatchObject({ code: 'conflict' });
    await backups.removeDump(TERMINAL, second);
    await work();
    expect((await list()).dumps.map((one) => one.id)).toEqual([first]);
  });

  test('the newest dump stays, an older one goes with its file', async () => {
    const first = await dumpId();
    const { path: file } = await backups.findDump(TERMINAL, first);
    const second = await dumpId();
    await expect(backups.removeDump(TERMINAL, second)).rejects.toMatchObject({ code: 'conflict' });
    await backups.removeDump(TERMINAL, first);
    await work();
    expect(existsSync(file)).toBe(false);
    expect((await list()).dumps.map((one) => one.id)).toEqual([second]);
  });
});

test('who may only look may ask for nothing', async () => {
  const observer: Actor = { ...TERMINAL, kind: 'user', role: 'observer' };
  await expect(backups.dumpNow(observer, 'gabungan')).rejects.toMatchObject({ code: 'not_allowed' });
  await expect(backups.check(observer, 'dump', 'x')).rejects.toMatchObject({ code: 'not_allowed' });
  expect((await backups.list(observer, 'shared', 1)).databases).toEqual(['gabungan']);
});

test('the report names who is behind the schema and what was measured', async () => {
  const { read } = control.transactor;
  const release = (id: string, version: string) => ({
    id,
    app: 'opensid',
    version,
    channel: 'umum' as const,
    source: '/x',
    tag: null,
    requestedBy: 'Ani',
  });
  await read.releases.create(release('R1', '2409.0.0'));
  await read.releases.create(release('R2', '2410.0.0'));
  await read.knex('servers').insert({ id: 'SV', name: 'lokal', target: 'docker', state: 'ready' });
  await read.knex('databases').where({ id: 'DB' }).update({ schema_release_id: 'R2' });
  for (const [index, releaseId] of ['R1', 'R2'].entries()) {
    const kode = `33.05.05.201${index}`;
    const desa = { kecamatanKode: '33.05.05', nama: kode, jenis: 'desa' as const, network: 'n', databaseId: 'DB' };
    await read.desa.ensure({ kode, host: `d${index}.id`, ...desa });
    const placed = { serverId: 'SV', databaseId: 'DB', app: 'opensid', wanted: 'running' as const };
    await read.instances.ensure({ id: `I${index}`, wilayahKode: kode, ...placed });
    await read.instances.update(`I${index}`, { releaseId, container: `c${index}` });
  }
  const model = new DatabaseModel(control.transactor, await loadApps());
  expect((await model.report(TERMINAL)).shared).toMatchObject([{ desa: 2, schemaRelease: '2410.0.0', measure: null }]);
  await read.knex('database_facts').insert({
    database_id: 'DB',
    version: '10.11.6-MariaDB',
    bytes: 38_200_000_000,
    sized_at: new Date(),
    connections_used: 12,
    connections_max: 400,
    sampled_at: new Date(),
  });
  const [report] = (await model.report(TERMINAL)).shared;
  expect(report).toMatchObject({
    late: [{ kode: '33.05.05.2010', release: '2409.0.0' }],
    measure: { bytes: 38_200_000_000, connections: { used: 12, max: 400 } },
  });
});
