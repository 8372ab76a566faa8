import { exclusiveIn } from '../../server/wiring/exclusive';
import { startControlDatabase, type ControlDatabase } from '../helpers/control-database';

let control: ControlDatabase;
beforeAll(async () => {
  control = await startControlDatabase();
}, 60_000);
afterAll(() => control.stop());

const limits = async (): Promise<readonly number[]> => {
  const [rows] = (await control.db.raw(
    "SELECT VARIABLE_NAME AS n, @@idle_transaction_timeout AS t FROM information_schema.SYSTEM_VARIABLES WHERE VARIABLE_NAME = 'IDLE_TRANSACTION_TIMEOUT'",
  )) as [{ t: number }[]];
  return rows.map((row) => row.t);
};

it('ends the transaction of one that stands still, and lets the next one have its rows', async () => {
  await control.db('servers').insert({ id: 'S'.repeat(26), name: 'satu', target: 'docker', state: 'ready' });
  const frozen = await control.db.transaction();
  // Twenty seconds as everybody else; one second here.
  expect(await limits()).toEqual([20]);
  await frozen.raw('SET idle_transaction_timeout = 1');
  await frozen('servers').forUpdate().select('id');
  const began = Date.now();
  await control.db('servers').update({ name: 'dua' });
  expect(Date.now() - began).toBeLessThan(15_000);
  await expect(frozen('servers').update({ name: 'tiga' })).rejects.toThrow();
  await frozen.rollback().catch(() => undefined);
  expect(await control.db('servers').pluck('name')).toEqual(['dua']);
}, 20_000);

it('reads what is committed, inside a transaction and outside', async () => {
  const level =
    "SELECT VARIABLE_VALUE AS level FROM information_schema.SESSION_VARIABLES WHERE VARIABLE_NAME = 'TX_ISOLATION'";
  const { read } = control.transactor;
  const levels = [
    await control.transactor.run(async ({ knex }) => ((await knex.raw(level)) as [{ level: string }[]])[0][0]?.level),
    ((await read.knex.raw(level)) as [{ level: string }[]])[0][0]?.level,
  ];
  expect(levels).toEqual(['READ-COMMITTED', 'READ-COMMITTED']);
});

it('lets what is done under a lock of the database take its time', async () => {
  const exclusively = exclusiveIn({ db: control.db, config: { id: 'uji' } });
  let held: unknown = null;
  const answer = await exclusively('lama', async () => {
    [held] = (await control.db.raw(
      "SELECT COUNT(*) AS n FROM information_schema.PROCESSLIST WHERE ID = IS_USED_LOCK('sp:uji:lama')",
    )) as unknown[];
    return 'selesai';
  });
  expect([answer, held]).toEqual(['selesai', [{ n: 1 }]]);
  expect(new Set(await Promise.all([limits(), limits(), limits()]).then((all) => all.flat()))).toEqual(new Set([20]));
}, 20_000);
