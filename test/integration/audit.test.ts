import { SYSTEM, TERMINAL } from '../../server/domain/actor';
import { AuditService, recordAudit } from '../../server/services/audit-service';
import { startControlDatabase, type ControlDatabase } from '../helpers/control-database';

jest.setTimeout(60_000);
let control: ControlDatabase;
let audit: AuditService;
beforeAll(async () => {
  control = await startControlDatabase();
  audit = new AuditService(control.transactor);
});
afterAll(() => control.stop());
beforeEach(() => control.clear());

const write = (object: string) =>
  control.transactor.run((stores) =>
    recordAudit(stores, SYSTEM, { act: 'test', object, before: { nama: 'Désa “Klirong” 🌾' }, after: [1, null] }),
  );

test('forty writers at once make one unbroken chain', async () => {
  await Promise.all(Array.from({ length: 40 }, (_, n) => write(`desa:${n}`)));
  expect(await audit.verify(TERMINAL)).toEqual({ intact: true, entries: 40 });
  const rows = await audit.list(TERMINAL, { limit: 100 });
  expect(new Set(rows.map((row) => row.object)).size).toBe(40);
  expect(rows[0]).toMatchObject({ before: { nama: 'Désa “Klirong” 🌾' }, after: [1, null], actor: 'SiapPakai' });
});

test('an act that is rolled back leaves no row', async () => {
  const work = control.transactor.run(async (stores) => {
    await recordAudit(stores, SYSTEM, { act: 'test', object: 'x' });
    throw new Error('afterwards');
  });
  await expect(work).rejects.toThrow('afterwards');
  await write('y');
  expect(await audit.verify(TERMINAL)).toEqual({ intact: true, entries: 1 });
});

describe('tampering shows', () => {
  beforeEach(async () => {
    for (const object of ['a', 'b', 'c', 'd']) await write(object);
  });
  const ids = async (): Promise<number[]> => (await control.db('audit').orderBy('id').pluck('id')).map(Number);

  test.each([
    ['object', 'other'],
    ['actor', 'somebody else'],
    ['after', '[2,null]'],
    ['before', null],
    ['at', new Date('2026-01-01T00:00:00Z')],
  ])('a changed %s', async (column, value) => {
    const id = (await ids())[1]!;
    await control
      .db('audit')
      .where({ id })
      .update({ [column]: value });
    expect(await audit.verify(TERMINAL)).toEqual({ intact: false, brokenAt: id, reason: 'changed' });
  });

  test('a row taken out of the middle', async () => {
    const [, second, third] = await ids();
    await control.db('audit').where({ id: second }).delete();
    expect(await audit.verify(TERMINAL)).toEqual({ intact: false, brokenAt: third, reason: 'changed' });
  });

  test('rows cut off the end', async () => {
    await control
      .db('audit')
      .where({ id: (await ids())[3] })
      .delete();
    expect(await audit.verify(TERMINAL)).toEqual({ intact: false, brokenAt: null, reason: 'truncated' });
  });
});

test('lists by act, object and page', async () => {
  for (const object of ['a', 'b', 'a', 'c']) await write(object);
  expect(await audit.list(TERMINAL, { object: 'a', limit: 10 })).toHaveLength(2);
  const [newest, next] = await audit.list(TERMINAL, { limit: 2 });
  expect([newest!.object, next!.object]).toEqual(['c', 'a']);
  const older = await audit.list(TERMINAL, { limit: 2, beforeId: next!.id });
  expect(older.map((row) => row.object)).toEqual(['b', 'a']);
});
