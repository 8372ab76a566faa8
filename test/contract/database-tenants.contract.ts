import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { isTransient, type TableCount } from '../../provisioners/contracts';
import { codeOf, contentOf, failureOf, never, type DatabaseBench } from './database-bench';
import { tenantOf } from './database-fixture';

const total = (counts: readonly TableCount[]): number => counts.reduce((sum, { rows }) => sum + rows, 0);

export const tenantTests = (bench: DatabaseBench): void => {
  describe('one tenant', () => {
    test('counts name every table of the tenant, followers of followers included', async () => {
      const schema = await bench.makeFilled(30);
      const counts = await bench.server.tenantCounts(schema, tenantOf(4));
      expect(counts.map(({ table }) => table)).toEqual([
        'config',
        'keluarga',
        'log_masuk',
        'penduduk',
        'respon',
        'respon_bukti',
      ]);
      expect(counts).toEqual(
        expect.arrayContaining([
          { table: 'config', rows: 1 },
          { table: 'penduduk', rows: 30 },
          { table: 'respon', rows: 10 },
          { table: 'respon_bukti', rows: 10 },
        ]),
      );
      expect(total(await bench.server.tenantCounts(schema, tenantOf(5)))).toBe(0);
      expect(await codeOf(bench.server.tenantCounts(schema, { ...tenantOf(4), id: 0 }))).toBe('invalid');
      expect(await codeOf(bench.server.tenantCounts(schema, { ...tenantOf(4), column: 'a` = 1 OR `b' }))).toBe(
        'invalid',
      );
    });

    test('its archive loads into an empty schema with the same rows, and with nobody else in it', async () => {
      const schema = await bench.makeFilled(60);
      const file = path.join(bench.folder, 'arsip.sql.gz');
      const facts = await bench.server.dumpTenant(schema, tenantOf(4), file, never);
      expect(facts).toMatchObject({ verified: true, tables: 12 });
      expect(facts.counts).toEqual(await bench.server.tenantCounts(schema, tenantOf(4)));
      expect(gunzipSync(readFileSync(file)).toString()).not.toContain('DEFINER=');

      const copy = await bench.makeSchema();
      await bench.server.restore(copy, file, never);
      expect(await bench.server.tenantCounts(copy, tenantOf(4))).toEqual(facts.counts);
      expect(await bench.server.fingerprint(copy)).not.toBe('');
      const tables = ['config', 'penduduk', 'keluarga', 'log_masuk', 'respon', 'respon_bukti'];
      const count = async (name: string): Promise<number> =>
        Number((await bench.server.query(copy, `SELECT COUNT(*) AS n FROM ${name}`, []))[0]?.['n']);
      const rows = await Promise.all(tables.map(async (table) => ({ table, rows: await count(table) })));
      expect(rows).toEqual(tables.map((table) => facts.counts.find((entry) => entry.table === table)));
      expect(await Promise.all(['ref_agama', 'ref_rumpun', 'ref_pekerjaan', 'migrasi', 'hitungan'].map(count))).toEqual(
        [2, 1, 3, 0, 0],
      );
      expect(await bench.server.query(copy, 'SELECT SUM(jumlah) AS n FROM agama_hidup', [])).toEqual([{ n: '60' }]);

      const source = await bench.makeSchema();
      await bench.server.clone(schema, source, never);
      for (const other of [1, 9]) await bench.server.deleteTenant(source, tenantOf(other));
      const pick = async (name: string): Promise<unknown> =>
        (await bench.server.rowChecksums(name, null)).filter(({ table }) =>
          ['config', 'penduduk', 'keluarga', 'respon_bukti'].includes(table),
        );
      expect(await pick(copy)).toEqual(await pick(source));
    }, 60_000);

    test('removing one leaves nothing of it and every other row as it was', async () => {
      const schema = await bench.makeFilled(60);
      const counts = await bench.server.tenantCounts(schema, tenantOf(4));
      const before = await bench.server.rowChecksums(schema, tenantOf(4));
      expect(await bench.server.deleteTenant(schema, tenantOf(4))).toEqual(counts);
      expect(total(await bench.server.tenantCounts(schema, tenantOf(4)))).toBe(0);
      expect(await bench.server.rowChecksums(schema, tenantOf(4))).toEqual(before);
      expect(await bench.server.rowChecksums(schema, null)).toEqual(before);
      expect(await bench.server.query(schema, 'SELECT COUNT(*) AS n FROM respon', [])).toEqual([{ n: 41 }]);
      expect(total(await bench.server.deleteTenant(schema, tenantOf(4)))).toBe(0);
    });

    test('removing one twice at once leaves nothing of it; who loses may be told to try again', async () => {
      const schema = await bench.makeFilled(30);
      const before = await bench.server.rowChecksums(schema, tenantOf(4));
      const remove = (): Promise<unknown> => bench.server.deleteTenant(schema, tenantOf(4));
      const results = await Promise.allSettled([remove(), remove()]);
      const failures = results.filter((result) => result.status === 'rejected').map(({ reason }): unknown => reason);
      expect(failures.length).toBeLessThan(2);
      expect(failures.every(isTransient)).toBe(true);
      await remove();
      expect(await bench.server.rowChecksums(schema, null)).toEqual(before);
    });

    test('a row of another tenant that refers to it stops the removal; nothing is changed', async () => {
      const schema = await bench.makeFilled(10);
      await bench.server.query(
        schema,
        'UPDATE keluarga SET kepala_id = (SELECT MIN(id) FROM penduduk WHERE config_id = 4) WHERE config_id = 9 LIMIT 1',
        [],
      );
      const before = await contentOf(bench.server, schema);
      expect(await failureOf(bench.server.deleteTenant(schema, tenantOf(4)))).toMatchObject({
        code: 'conflict',
        reason: 'rows_referenced',
      });
      expect(await contentOf(bench.server, schema)).toBe(before);
    });

    test('checksums see a changed byte, a missing row and a row more', async () => {
      const schema = await bench.makeFilled(10);
      const changes = [
        'UPDATE penduduk SET foto = CONCAT(foto, 0x00) WHERE config_id = 9 LIMIT 1',
        'DELETE FROM log_masuk WHERE config_id = 1 LIMIT 1',
        "INSERT INTO migrasi (versi_database) VALUES ('2')",
        "UPDATE penduduk SET nik = IF(nik IS NULL, '', nik) WHERE config_id = 1 AND nik IS NULL",
      ];
      const seen = new Set([JSON.stringify(await bench.server.rowChecksums(schema, tenantOf(4)))]);
      for (const sql of changes) {
        await bench.server.query(schema, sql, []);
        seen.add(JSON.stringify(await bench.server.rowChecksums(schema, tenantOf(4))));
      }
      expect(seen.size).toBe(changes.length + 1);
      await bench.server.query(schema, 'UPDATE penduduk SET berat = 1 WHERE config_id = 4', []);
      expect(seen).toContain(JSON.stringify(await bench.server.rowChecksums(schema, tenantOf(4))));
    });
  });
};
