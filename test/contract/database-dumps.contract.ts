import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { codeOf, contentOf, failureOf, never, OWNER, type DatabaseBench } from './database-bench';

export const dumpTests = (bench: DatabaseBench): void => {
  describe('dump and restore', () => {
    test('what is restored is what was dumped: rows, structure, AUTO_INCREMENT, views of the owner', async () => {
      const schema = await bench.makeFilled(200);
      const file = path.join(bench.folder, 'penuh', 'a.sql.gz');
      const progress: number[] = [];
      const facts = await bench.server.dump(schema, file, never, (bytes) => progress.push(bytes));
      const bytes = readFileSync(file);
      expect(facts).toMatchObject({
        path: file,
        bytes: bytes.length,
        verified: true,
        tables: 12,
        sha256: createHash('sha256').update(bytes).digest('hex'),
      });
      expect(gunzipSync(bytes).toString().trimEnd().endsWith('-- Dump completed')).toBe(true);
      expect(progress.at(-1)).toBe(bytes.length);
      expect(statSync(file).mode & 0o777).toBe(0o600);

      const copy = await bench.makeSchema();
      await bench.server.query(copy, 'CREATE TABLE sisa (id INT)', []);
      await bench.server.restore(copy, file, never);
      expect(await bench.server.structure(copy)).toEqual(await bench.server.structure(schema));
      expect(await bench.server.fingerprint(copy)).toBe(await bench.server.fingerprint(schema));
      expect(await contentOf(bench.server, copy)).toBe(await contentOf(bench.server, schema));
      const next = async (name: string): Promise<unknown> =>
        (
          await bench.server.query(
            name,
            "SELECT AUTO_INCREMENT AS n FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = 'config'",
            [name],
          )
        )[0]?.['n'];
      expect([await next(schema), await next(copy)]).toEqual([77, 77]);
      await bench.server.ensureUser({ name: 'desa_7', password: 'x', schema: copy, grant: 'dml' });
      const desa = await bench.login('desa_7', 'x', copy);
      expect(await desa.query('SELECT SUM(jumlah) AS n FROM agama_hidup')).toEqual([{ n: '600' }]);
      await expect(desa.query('DELETE FROM migrasi')).rejects.toThrow(/dasbor/);
      await desa.close();
    }, 60_000);

    test('a definer that is not on this server becomes the owner of the schema', async () => {
      const schema = await bench.makeFilled(3);
      await bench.server.ensureUser({ name: 'opensid_lama', password: 'x', schema, grant: 'owner' });
      const former = await bench.login('opensid_lama', 'x', schema);
      await former.query('CREATE OR REPLACE VIEW penduduk_hidup AS SELECT * FROM penduduk WHERE status = 1');
      await former.query(
        "CREATE OR REPLACE TRIGGER penduduk_hitung AFTER INSERT ON penduduk FOR EACH ROW UPDATE hitungan SET n = n + 1 WHERE nama = 'penduduk'",
      );
      await former.close();
      const file = path.join(bench.folder, 'hantu.sql.gz');
      await bench.server.dump(schema, file, never);
      const fingerprint = await bench.server.fingerprint(schema);
      await bench.server.dropUser('opensid_lama');
      const copy = await bench.makeSchema();
      await bench.server.restore(copy, file, never);
      expect(await bench.server.fingerprint(copy)).toBe(fingerprint);
      const definers = await bench.server.query(
        copy,
        'SELECT DISTINCT DEFINER AS d FROM information_schema.VIEWS WHERE TABLE_SCHEMA = ? UNION SELECT DEFINER FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = ?',
        [copy, copy],
      );
      expect(definers).toEqual([{ d: `${OWNER.name}@%` }]);
      expect(await bench.server.query(copy, 'SELECT COUNT(*) AS n FROM agama_hidup', [])).toEqual([{ n: 2 }]);
    });

    test('the fingerprint ignores rows and counters and sees every change of structure', async () => {
      const schema = await bench.makeFilled(3);
      const before = await bench.server.fingerprint(schema);
      await bench.server.query(schema, "INSERT INTO config VALUES (500, 'k', 'n')", []);
      await bench.server.query(schema, 'ALTER TABLE config AUTO_INCREMENT = 9000', []);
      expect(await bench.server.fingerprint(schema)).toBe(before);
      const changes = [
        'ALTER TABLE ref_agama MODIFY nama VARCHAR(41)',
        'ALTER TABLE ref_agama ADD KEY (nama)',
        'DROP VIEW agama_hidup',
        'DROP TRIGGER penduduk_hitung',
        'ALTER TABLE keluarga DROP FOREIGN KEY keluarga_ibfk_2',
        'DROP FUNCTION dua_kali',
        'CREATE TABLE baru (id INT)',
        "ALTER TABLE ref_agama ALTER nama SET DEFAULT 'x'",
      ];
      const seen = new Set([before]);
      for (const sql of changes) {
        await bench.server.query(schema, sql, []);
        seen.add(await bench.server.fingerprint(schema));
      }
      expect(seen.size).toBe(changes.length + 1);
    });

    test('a clone equals its original and can be made again over an old one', async () => {
      const [schema, copy] = [await bench.makeFilled(50), await bench.makeSchema()];
      await bench.server.clone(schema, copy, never);
      await bench.server.query(copy, 'DELETE FROM log_masuk', []);
      await bench.server.clone(schema, copy, never);
      expect(await bench.server.fingerprint(copy)).toBe(await bench.server.fingerprint(schema));
      expect(await contentOf(bench.server, copy)).toBe(await contentOf(bench.server, schema));
      expect(await codeOf(bench.server.clone(schema, schema, never))).toBe('invalid');
    }, 30_000);

    test('two dumps into the same file at once are both whole, and nothing else is left', async () => {
      const schema = await bench.makeFilled(10);
      const file = path.join(bench.folder, 'serentak', 'a.sql.gz');
      const facts = await Promise.all([bench.server.dump(schema, file, never), bench.server.dump(schema, file, never)]);
      expect(facts.map(({ verified }) => verified)).toEqual([true, true]);
      expect(readdirSync(path.dirname(file))).toEqual(['a.sql.gz']);
      expect(facts.map(({ sha256 }) => sha256)).toContain(
        createHash('sha256').update(readFileSync(file)).digest('hex'),
      );
    });

    test('a dump that is cut short or damaged is not loaded and nothing is touched', async () => {
      const [schema, copy] = [await bench.makeFilled(3), await bench.makeFilled(3)];
      const file = path.join(bench.folder, 'utuh.sql.gz');
      await bench.server.dump(schema, file, never);
      const bytes = readFileSync(file);
      const sql = gunzipSync(bytes);
      const before = await contentOf(bench.server, copy);
      const damaged: readonly (readonly [string, Buffer])[] = [
        ['terpotong', bytes.subarray(0, bytes.length - 20)],
        ['tanpa akhir', gzipSync(sql.subarray(0, sql.lastIndexOf('-- Dump completed')))],
        ['bukan gzip', Buffer.from('halo')],
      ];
      for (const [name, content] of damaged) {
        const broken = path.join(bench.folder, `${name}.gz`);
        writeFileSync(broken, content);
        expect(await failureOf(bench.server.restore(copy, broken, never))).toMatchObject({
          code: 'invalid',
          reason: 'incomplete_dump',
          state: 'untouched',
        });
      }
      expect(await failureOf(bench.server.restore(copy, path.join(bench.folder, 'tidak ada'), never))).toMatchObject({
        code: 'not_found',
        state: 'untouched',
      });
      expect(await contentOf(bench.server, copy)).toBe(before);
    });

    test('a dump the server refuses half way leaves an empty schema and says so', async () => {
      const copy = await bench.makeFilled(3);
      const file = path.join(bench.folder, 'salah.sql.gz');
      writeFileSync(
        file,
        gzipSync(
          'CREATE TABLE `a` (\n id INT);\nINSERT INTO `a` VALUES (1);\nINSERT INTO tidak_ada VALUES (1);\n-- Dump completed\n',
        ),
      );
      expect(await failureOf(bench.server.restore(copy, file, never))).toMatchObject({
        code: 'not_found',
        errno: 1146,
        state: 'empty',
      });
      expect(await bench.server.query(copy, 'SHOW TABLES', [])).toEqual([]);
    });

    test('an aborted dump leaves no file, and an earlier good one stays', async () => {
      const schema = await bench.makeFilled(3);
      const target = path.join(bench.folder, 'batal');
      const file = path.join(target, 'a.sql.gz');
      const kept = await bench.server.dump(schema, file, never);
      await bench.server.query(schema, 'CREATE TABLE besar (id INT AUTO_INCREMENT PRIMARY KEY, isi LONGBLOB)', []);
      for (let i = 0; i < 12; i += 1)
        await bench.server.query(schema, 'INSERT INTO besar (isi) VALUES (?)', [randomBytes(2_000_000)]);
      for (const after of [0, 1_000_000, 8_000_000]) {
        const stop = new AbortController();
        if (after === 0) stop.abort();
        const act = bench.server.dump(schema, file, stop.signal, (bytes) => {
          if (bytes > after) stop.abort();
        });
        expect(await failureOf(act)).toMatchObject({ code: 'failed', reason: 'aborted' });
        expect(readdirSync(target)).toEqual(['a.sql.gz']);
        expect(createHash('sha256').update(readFileSync(file)).digest('hex')).toBe(kept.sha256);
      }
      expect(await codeOf(bench.server.dump(schema, file, AbortSignal.timeout(60)))).toBe('timeout');
      expect(await bench.admin("SELECT User FROM mysql.user WHERE User LIKE 'sp\\_alat\\_%'")).toEqual([]);
    }, 60_000);

    test('an aborted restore says so and leaves no half of it', async () => {
      const [schema, copy] = [await bench.makeFilled(3), await bench.makeFilled(3)];
      await bench.server.query(schema, 'CREATE TABLE besar (id INT AUTO_INCREMENT PRIMARY KEY, isi LONGBLOB)', []);
      for (let i = 0; i < 12; i += 1)
        await bench.server.query(schema, 'INSERT INTO besar (isi) VALUES (?)', [randomBytes(2_000_000)]);
      const file = path.join(bench.folder, 'besar.sql.gz');
      await bench.server.dump(schema, file, never);
      const stop = new AbortController();
      const act = bench.server.restore(copy, file, stop.signal);
      const watch = setInterval(() => {
        void bench.admin(`SHOW TABLES FROM ${copy} LIKE 'besar'`).then(
          (rows) => rows.length > 0 && stop.abort(),
          () => undefined,
        );
      }, 10);
      const details = await failureOf(act);
      clearInterval(watch);
      expect(details).toMatchObject({ code: 'failed', reason: 'aborted', state: 'empty' });
      expect(await bench.server.query(copy, 'SHOW TABLES', [])).toEqual([]);
      await bench.server.restore(copy, file, never);
      expect(await contentOf(bench.server, copy)).toBe(await contentOf(bench.server, schema));
    }, 60_000);

    test('a dump of a schema that is not there is not_found', async () => {
      expect(await codeOf(bench.server.dump('tidak_ada', path.join(bench.folder, 'x.gz'), never))).toBe('not_found');
      expect(await codeOf(bench.server.restore('tidak_ada', path.join(bench.folder, 'x.gz'), never))).toBe('not_found');
    });
  });
};
