import { codeOf, OWNER, type DatabaseBench } from './database-bench';

export const schemaTests = (bench: DatabaseBench): void => {
  describe('schemas and users', () => {
    test('ensureSchema twice at once makes one utf8 schema; another charset is a conflict; dropping twice is fine', async () => {
      await Promise.all([bench.server.ensureSchema('uji_a'), bench.server.ensureSchema('uji_a')]);
      const [row] = await bench.server.query('uji_a', 'SELECT @@collation_database AS c', []);
      expect(String(row?.['c'])).toMatch(/^utf8(mb3)?_general_ci$/);
      expect(await codeOf(bench.server.ensureSchema('uji_a', 'utf8mb4'))).toBe('conflict');
      await bench.server.dropSchema('uji_a');
      await bench.server.dropSchema('uji_a');
      expect(await bench.server.schemaExists('uji_a')).toBe(false);
    });

    test('names that are not ours are refused before anything is sent', async () => {
      for (const name of ['mysql', 'information_schema', 'a`b', 'a;b', '', '1a', 'a'.repeat(65)]) {
        expect(await codeOf(bench.server.ensureSchema(name))).toBe('invalid');
        expect(await codeOf(bench.server.dropSchema(name))).toBe('invalid');
      }
      for (const name of ['root', 'admin', "desa_'x", 'desa_', 'mariadb.sys', 'DESA_1']) {
        expect(await codeOf(bench.server.dropUser(name))).toBe('invalid');
        expect(await codeOf(bench.server.endConnections(name))).toBe('invalid');
      }
    });

    test('a dml user may read and write its one schema and nothing else', async () => {
      const schema = await bench.makeFilled(3);
      await bench.server.ensureSchema('uji_lain');
      await bench.server.ensureSchema(schema.replace('_gabungan_', 'xgabunganx'));
      await bench.server.ensureUser({ name: 'desa_3305052011', password: 'rahasia', schema, grant: 'dml' });
      const desa = await bench.login('desa_3305052011', 'rahasia', schema);
      await desa.query("INSERT INTO migrasi (versi_database) VALUES ('x')");
      await desa.query("UPDATE config SET nama_desa = 'baru' WHERE id = 4");
      await desa.query('CREATE TEMPORARY TABLE sementara (id INT)');
      await desa.query('SELECT dua_kali(2), (SELECT COUNT(*) FROM agama_hidup)');
      await desa.query('CALL catat()');
      const refused = [
        'CREATE TABLE t (id INT)',
        'ALTER TABLE config ADD x INT',
        'DROP TABLE config',
        'TRUNCATE TABLE migrasi',
        'CREATE VIEW v AS SELECT 1',
        'DELETE FROM migrasi',
        'DROP TRIGGER migrasi_jaga_hapus',
        'USE uji_lain',
        `USE ${schema.replace('_gabungan_', 'xgabunganx')}`,
        'SELECT * FROM mysql.user',
      ];
      for (const sql of refused) await expect(desa.query(sql)).rejects.toThrow();
      await desa.close();
    });

    test('grants become exactly what is asked: extra ones go, a move to another schema takes the old one away', async () => {
      const schema = await bench.makeFilled(3);
      await bench.server.ensureSchema('uji_lain');
      const user = { name: 'desa_1', password: 'a', schema, grant: 'dml' } as const;
      await bench.server.ensureUser(user);
      for (const grant of [
        `ALL ON \`${schema}\`.*`,
        'SELECT, PROCESS ON *.*',
        'SELECT ON uji_lain.*',
        `DELETE HISTORY ON \`${schema}\`.config`,
        `EXECUTE ON PROCEDURE \`${schema}\`.catat`,
        'SELECT ON `uji\\_%`.*',
      ]) {
        await bench.admin(`GRANT ${grant} TO desa_1@'%' ${grant.startsWith('ALL') ? 'WITH GRANT OPTION' : ''}`);
      }
      await Promise.all([bench.server.ensureUser(user), bench.server.ensureUser(user)]);
      const grants = async (): Promise<string[]> =>
        (await bench.admin("SHOW GRANTS FOR desa_1@'%'")).map((row) =>
          String(Object.values(row)[0]).replace(/ IDENTIFIED.*/, ''),
        );
      expect(await grants()).toEqual([
        'GRANT USAGE ON *.* TO `desa_1`@`%`',
        `GRANT SELECT, INSERT, UPDATE, DELETE, CREATE TEMPORARY TABLES, LOCK TABLES, EXECUTE, SHOW VIEW ON \`${schema.replaceAll('_', '\\_')}\`.* TO \`desa_1\`@\`%\``,
      ]);
      await bench.server.ensureUser({ ...user, schema: 'uji_lain' });
      expect((await grants()).join()).not.toContain(schema.replaceAll('_', '\\_'));
      await bench.server.ensureUser({ ...user, schema: 'uji_lain', grant: 'owner' });
      await bench.server.ensureUser({ ...user, schema: 'uji_lain' });
      expect((await grants())[1]).toContain('GRANT SELECT, INSERT, UPDATE, DELETE, CREATE TEMPORARY');
    });

    test('an owner keeps its other schemas', async () => {
      const [one, two] = [await bench.makeSchema(), await bench.makeSchema()];
      for (const schema of [one, two]) {
        const owner = await bench.login(OWNER.name, OWNER.password, schema);
        await owner.query('CREATE TABLE t (id INT)');
        await expect(owner.query(`GRANT SELECT ON \`${schema}\`.* TO desa_1@'%'`)).rejects.toThrow();
        await owner.close();
      }
    });

    test('a new password holds at once, the old one is refused; the connection limit is kept', async () => {
      const schema = await bench.makeSchema();
      const user = { name: 'pbb_3305052011', schema, grant: 'owner' } as const;
      await bench.server.ensureUser({ ...user, password: 'lama', maxConnections: 1 });
      const first = await bench.login(user.name, 'lama', schema);
      await expect(bench.login(user.name, 'lama', schema)).rejects.toThrow();
      await bench.server.ensureUser({ ...user, password: "b'a\\ru", maxConnections: 2 });
      await expect(bench.login(user.name, 'lama', schema)).rejects.toThrow();
      await (await bench.login(user.name, "b'a\\ru", schema)).close();
      await first.close();
    });

    test('dropUser ends running connections and may be repeated', async () => {
      const schema = await bench.makeSchema();
      await bench.server.ensureUser({ name: 'desa_2', password: 'x', schema, grant: 'dml' });
      const desa = await bench.login('desa_2', 'x', schema);
      const sleeping = desa.query('SELECT SLEEP(60)').then(
        () => 'slept',
        () => 'ended',
      );
      expect(await bench.server.userExists('desa_2')).toBe(true);
      await bench.server.dropUser('desa_2');
      expect(await sleeping).not.toBe('slept');
      await expect(desa.query('SELECT 1')).rejects.toThrow();
      await bench.server.dropUser('desa_2');
      expect(await bench.server.userExists('desa_2')).toBe(false);
    }, 20_000);
  });

  describe('statements', () => {
    test('values are bound, whatever is in them', async () => {
      const schema = await bench.makeFilled(3);
      const evil = "x' OR '1'='1\\";
      const changed = await bench.server.query(schema, 'UPDATE config SET nama_desa = ? WHERE id = ?', [evil, 4]);
      expect(changed).toEqual([expect.objectContaining({ affectedRows: 1 })]);
      expect(
        await bench.server.query(
          schema,
          "SELECT nama_desa, 'a?b' AS tanya FROM config WHERE nama_desa = ? AND id > ?",
          [evil, 1],
        ),
      ).toEqual([{ nama_desa: evil, tanya: 'a?b' }]);
      expect(
        await bench.server.query(schema, 'SELECT HEX(?) AS h, ? AS kosong', [Buffer.from([0, 255]), null]),
      ).toEqual([{ h: '00FF', kosong: null }]);
      expect(await codeOf(bench.server.query(schema, 'SELECT 1; SELECT 2', []))).toBe('invalid');
    });

    test('what it creates acts for the owner of the schema', async () => {
      const schema = await bench.makeFilled(3);
      await bench.server.query(
        schema,
        'CREATE OR REPLACE TRIGGER jaga BEFORE DELETE ON ref_agama FOR EACH ROW SET @x = 1',
        [],
      );
      expect(
        await bench.server.query(
          schema,
          "SELECT DEFINER AS d FROM information_schema.TRIGGERS WHERE TRIGGER_NAME = 'jaga' AND TRIGGER_SCHEMA = ?",
          [schema],
        ),
      ).toEqual([{ d: `${OWNER.name}@%` }]);
    });

    test('the same statement on two schemas reads each its own, on whichever connection', async () => {
      const [one, two] = [await bench.makeFilled(3), await bench.makeFilled(5)];
      for (let round = 0; round < 4; round += 1) {
        for (const [schema, n] of [
          [one, 3],
          [two, 5],
        ] as const) {
          expect(
            await bench.server.query(schema, 'SELECT COUNT(*) AS n FROM penduduk WHERE config_id = ?', [4]),
          ).toEqual([{ n }]);
        }
      }
      await bench.server.dropSchema(two);
      await bench.server.ensureSchema(two);
      expect(await codeOf(bench.server.query(two, 'SELECT COUNT(*) AS n FROM penduduk WHERE config_id = ?', [4]))).toBe(
        'not_found',
      );
    });

    test('errors carry a code', async () => {
      const schema = await bench.makeFilled(3);
      expect(await codeOf(bench.server.query(schema, 'SELEC', []))).toBe('invalid');
      expect(await codeOf(bench.server.query(schema, 'SELECT * FROM tidak_ada', []))).toBe('not_found');
      expect(await codeOf(bench.server.query('tidak_ada', 'SELECT 1', []))).toBe('not_found');
      expect(await codeOf(bench.server.query(schema, 'INSERT INTO config VALUES (1, ?, NULL)', ['k']))).toBe(
        'conflict',
      );
    });

    test('a lock is held by one, waited for by others and free after release', async () => {
      const held = await bench.server.lock('uji:opensid_schema', 1);
      expect(await codeOf(bench.server.lock('uji:opensid_schema', 1))).toBe('timeout');
      const waiting = bench.server.lock('uji:opensid_schema', 10);
      await held.release();
      await (await waiting).release();
      expect(held.lost.aborted).toBe(false);
    }, 20_000);

    test('connections and sizes are told', async () => {
      const schema = await bench.makeFilled(3);
      const { used, max } = await bench.server.connections();
      expect(used).toBeGreaterThan(0);
      expect(max).toBeGreaterThan(used);
      expect(await bench.server.sizeBytes(schema)).toBeGreaterThan(16_384);
      expect(await bench.server.version()).toMatch(/^\d+\.\d+/);
    });
  });
};
