import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisedParts } from '../../../provisioners/lib/promised-structure';
import { sqlChanges } from '../../../provisioners/lib/sql-changes';

const SAMPLES = join(__dirname, '../../../deploy-templates/samples');
const sample = (release: string, folder: string): ReadonlyMap<string, string> => {
  const from = join(SAMPLES, release, folder);
  return new Map(readdirSync(from).map((file) => [file, readFileSync(join(from, file), 'utf8')] as const));
};
const names = (sources: ReadonlyMap<string, string>): readonly string[] =>
  promisedParts(sources).map(({ table, column }) => (column === null ? table : `${table}.${column}`));
const up = (body: string, more = ''): readonly string[] =>
  names(
    new Map([
      ['a.php', `<?php\nreturn new class extends Migration {\n public function up() {\n${body}\n }\n${more}\n};`],
    ]),
  );

describe('what a migration promises', () => {
  it.each<[string, string, readonly string[]]>([
    [
      'a table with its columns',
      `Schema::create('pesan', static function (Blueprint $table) {
         $table->uuid('uuid')->primary(); // not 'this'
         $table->string("judul", 50)->nullable()->after('uuid');
         $table->timestamps();
         $table->foreign('config_id')->references('id')->on('config');
         $table->index(['uuid', 'judul'], 'nama_indeks');
       });`,
      ['pesan', 'pesan.uuid', 'pesan.judul'],
    ],
    [
      'a column of a table that is there',
      `\\Illuminate\\Support\\Facades\\Schema::table('sppt', function (Blueprint $t) { $t->after('x', function ($t) { $t->bigInteger('pemilik'); }); });`,
      ['sppt.pemilik'],
    ],
    [
      'what is guarded by a look at what is there',
      `if (! Schema::hasTable('a')) { Schema::create('a', function ($table) { $table->id('nomor'); }); }
       if (!Schema::hasColumn('b', 'c')) Schema::table('b', function ($table) { $table->text('c'); });
       if (Schema::hasTable('d')) { Schema::table('d', function ($table) { $table->text('e'); }); }`,
      ['a', 'b.c', 'd.e'],
    ],
    [
      'even behind an early end, and inside try',
      `if (sudah()) { return true; } try { DB::statement('ALTER TABLE a ADD COLUMN b INT'); } catch (Throwable $e) {}`,
      ['a.b'],
    ],
    [
      'nothing behind another condition',
      `if (premium()) { Schema::create('a', function ($table) {}); } else { DB::statement('CREATE TABLE b (i INT)'); }`,
      [],
    ],
    [
      'nothing in a loop',
      `foreach ($semua as $satu) { Schema::table('a', function ($table) { $table->text('b'); }); }`,
      [],
    ],
    [
      'nothing whose name is not written out',
      `Schema::table($nama, function ($table) { $table->text('a'); }); DB::statement("ALTER TABLE {$nama} ADD COLUMN b INT");`,
      [],
    ],
    [
      'nothing that is taken away again',
      `Schema::create('a', function ($table) { $table->text('b'); $table->text('c'); }); Schema::table('a', function ($table) { $table->dropColumn(['b']); $table->renameColumn('c', 'd'); });`,
      ['a', 'a.d'],
    ],
    [
      'a table made anew',
      `Schema::dropIfExists('a'); Schema::create('a', function ($table) { $table->text('b'); });`,
      ['a', 'a.b'],
    ],
    [
      'no table that is dropped',
      `Schema::create('a', function ($table) { $table->text('b'); }); Schema::drop('a');`,
      [],
    ],
    [
      'statements in heredocs',
      `$this->db->query(<<<'SQL'\n  ALTER TABLE a\n  ADD b INT, ADD KEY k (b)\n  SQL);`,
      ['a.b'],
    ],
    [
      'nothing said in words only',
      `// DB::statement('CREATE TABLE a (i INT)')\n# x\n/* Schema::create('b', …) */ log_message('notice', 'CREATE TABLE c');`,
      [],
    ],
  ])('%s', (_, body, expected) => expect(up(body)).toEqual(expected));

  it('follows its own methods from up, never into down or what nobody calls', () => {
    const more = `
      protected function satu() { Schema::create('a', function ($table) {}); $this->satu(); }
      protected function dua() { Schema::create('b', function ($table) {}); }
      public function down() { Schema::create('c', function ($table) {}); Schema::drop('a'); }`;
    expect(up('return $hasil && $this->satu($hasil);', more)).toEqual(['a']);
  });
  it('goes through the files in the order of their names', () => {
    const file = (body: string): string => `<?php\nreturn static function (PDO $db): void { ${body} };`;
    const [make, drop] = [file(`$db->exec('CREATE TABLE a (b INT)');`), file(`$db->exec('DROP TABLE a');`)];
    expect(
      names(
        new Map([
          ['2', drop],
          ['1', make],
        ]),
      ),
    ).toEqual([]);
    expect(
      names(
        new Map([
          ['1', drop],
          ['2', make],
        ]),
      ),
    ).toEqual(['a']);
  });
  it('promises nothing for what it cannot read', () => {
    for (const source of [
      '',
      'no php',
      `<?php $__='printf';eval(gzuncompress(base64_decode('x')));`,
      `<?php class { function up( {`,
    ])
      expect(names(new Map([['a.php', source]]))).toEqual([]);
  });
});

describe('the samples', () => {
  it('PBB: the new release promises one column more', () => {
    const [old, next] = ['2409.0.0', '2410.0.0'].map((version) =>
      names(sample(`pbb-${version}`, 'database/migrations')),
    );
    expect(old).toEqual(['users', 'sppt', 'pengaturan_aplikasi', 'tenants', 'sppt.tenant_id']);
    expect(next?.filter((one) => !old?.includes(one))).toEqual(['sppt.jatuh_tempo']);
  });
  it('OpenSID: the new release promises one column more', () => {
    const [old, next] = ['2409.0.0', '2410.0.0'].map((version) =>
      names(sample(`opensid-${version}`, 'donjo-app/models/migrations')),
    );
    expect(next?.filter((one) => !old?.includes(one))).toEqual(['log_surat.input']);
  });
});

describe('statements', () => {
  const said = (sql: string): readonly string[] =>
    sqlChanges(sql).map((one) => `${one.do} ${one.table}.${one.column ?? ''}`);
  it.each<[string, readonly string[]]>([
    ['CREATE TABLE IF NOT EXISTS `a` (b INT)', ['make a.']],
    ['create table a like b', ['make a.']],
    ['DROP TABLE IF EXISTS a', ['drop a.']],
    ['ALTER TABLE a ADD COLUMN IF NOT EXISTS b TEXT NULL', ['make a.b']],
    [
      "ALTER TABLE `a` ADD `b` ENUM('x, y','z''q') NOT NULL DEFAULT 'x', ADD COLUMN c DECIMAL(10,2)",
      ['make a.b', 'make a.c'],
    ],
    ['ALTER TABLE a ADD CONSTRAINT f FOREIGN KEY (b) REFERENCES c (d)', []],
    ['ALTER TABLE a ADD UNIQUE KEY u (b), ADD INDEX (c), ADD PRIMARY KEY (d)', []],
    ['ALTER TABLE a DROP COLUMN b, DROP c, DROP FOREIGN KEY f, DROP INDEX i', ['drop a.b', 'drop a.c']],
    ['ALTER TABLE a CHANGE b c INT, RENAME COLUMN d TO e', ['drop a.b', 'make a.c', 'drop a.d', 'make a.e']],
    ['ALTER TABLE a RENAME TO b', ['drop a.', 'make b.']],
    ['ALTER TABLE a MODIFY b TEXT NOT NULL', []],
    ['UPDATE a SET b = 1', []],
    ['INSERT INTO a VALUES (1)', []],
  ])('%s', (sql, expected) => expect(said(sql)).toEqual(expected));
});
