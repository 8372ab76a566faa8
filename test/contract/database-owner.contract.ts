import path from 'node:path';
import { changesObjects, LOG_OFF, LOG_ON, LOGGED_DDL, perAccount, statementsOf } from '../helpers/general-log';
import { contentOf, never, OWNER, type DatabaseBench } from './database-bench';
import { tenantOf } from './database-fixture';

/** Statements of the work that change tables, views, triggers or routines, as the server itself logged them. */
const loggedDuring = async (bench: DatabaseBench, work: () => Promise<void>): ReturnType<typeof changes> => {
  for (const sql of LOG_ON) await bench.admin(sql);
  try {
    await work();
  } finally {
    await bench.admin(LOG_OFF);
  }
  return changes(bench);
};
const changes = async (bench: DatabaseBench) => statementsOf(await bench.admin(LOGGED_DDL));

export const ownerTests = (bench: DatabaseBench): void => {
  describe('who changes the structure', () => {
    test('guards, restores and clones are the work of the owner; the administrator makes databases and accounts', async () => {
      const [schema, copy] = [await bench.makeFilled(20), await bench.makeSchema()];
      const file = path.join(bench.folder, 'pemilik.sql.gz');
      const logged = await loggedDuring(bench, async () => {
        const guard = 'CREATE OR REPLACE TRIGGER jaga BEFORE DELETE ON ref_agama FOR EACH ROW SET @x = 1';
        await bench.server.query(schema, guard, []);
        await bench.server.query(schema, 'ALTER TABLE ref_agama ADD KEY nama_idx (nama)', []);
        await bench.server.query(schema, 'UPDATE config SET nama_desa = ? WHERE id = ?', ['baru', 4]);
        await bench.server.dump(schema, file, never);
        await bench.server.restore(copy, file, never);
        await bench.server.clone(schema, copy, never);
        await bench.server.ensureUser({ name: 'desa_9', password: 'x', schema: copy, grant: 'dml' });
        await bench.server.dumpTenant(copy, tenantOf(4), path.join(bench.folder, 'satu.sql.gz'), never);
        await bench.server.deleteTenant(copy, tenantOf(4));
        await bench.server.rowChecksums(copy, null);
        await bench.server.dropUser('desa_9');
      });
      const ofObjects = logged.filter(changesObjects);
      expect(Object.keys(perAccount(ofObjects))).toEqual([OWNER.name]);
      const said = ofObjects.map((one) => one.sql).join('\n');
      for (const wanted of [
        /^CREATE OR REPLACE TRIGGER jaga/m,
        /^ALTER TABLE ref_agama ADD KEY/m,
        /^CREATE TABLE `config`/m,
        /^CREATE DEFINER=.* TRIGGER migrasi_jaga_hapus/m,
        /^CREATE ALGORITHM=.* VIEW `penduduk_hidup`/m,
        /^CREATE DEFINER=.* (FUNCTION|PROCEDURE)/m,
      ])
        expect(said).toMatch(wanted);
      const others = logged.filter((one) => !changesObjects(one) && !one.sql.startsWith('CREATE TEMPORARY'));
      expect(others.filter((one) => one.account === OWNER.name)).toEqual([]);
      expect(others.map((one) => one.sql.split(' ').slice(0, 2).join(' '))).toContain('DROP DATABASE');
      expect((await contentOf(bench.server, schema)).length).toBeGreaterThan(0);
    }, 60_000);

    test('an owner without a right to write is told so: nothing falls back to the administrator', async () => {
      const schema = await bench.makeFilled(3);
      await bench.admin(`REVOKE CREATE, TRIGGER ON \`${schema.replaceAll('_', '\\_')}\`.* FROM '${OWNER.name}'@'%'`);
      for (const sql of [
        'CREATE TABLE baru (id INT)',
        'CREATE OR REPLACE TRIGGER jaga BEFORE DELETE ON ref_agama FOR EACH ROW SET @x = 1',
      ])
        await expect(bench.server.query(schema, sql, [])).rejects.toMatchObject({ code: 'refused' });
    });
  });
};
