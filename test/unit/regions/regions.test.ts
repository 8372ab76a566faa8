import { readFileSync } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { jenisOf, kodeWilayah, levelOf, parentOf } from '../../../server/domain/kode-wilayah';
import { officialRegions } from '../../../server/domain/official-regions';
import { zoneOf } from '../../../server/domain/timezone';
import { loadRegions, openRegionFile, type RegionList } from '../../../provisioners/regions/index';
import { parseRegionFile, readCompact, writeCompact } from '../../../provisioners/regions/region-file';
import { checkPairs } from '../../../provisioners/regions/region-list';

let list: RegionList;
beforeAll(async () => {
  list = await loadRegions();
});

const oracleFolder = join(dirname(require.resolve('idn-area-data/package.json')), 'data');
const oracle = (file: string): readonly string[] =>
  readFileSync(join(oracleFolder, file), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.slice(0, line.indexOf(',')));

describe('bundled regions', () => {
  it('hold the whole country', () => {
    const count = new Map<string, number>();
    for (const row of list.all()) count.set(row.jenis, (count.get(row.jenis) ?? 0) + 1);
    expect(Object.fromEntries(count)).toEqual({
      provinsi: 38,
      kabupaten: 416,
      kota: 98,
      kecamatan: 7285,
      desa: 75252,
      desa_adat: 14,
      kelurahan: 8496,
    });
    expect(list.kabupaten).toHaveLength(514);
    expect(list.dataset).toMatchObject({ id: '2026-02-13', regulation: 'Kepmendagri 300.2.2-2138/2025' });
  });

  it('have exactly the codes of an independent list', () => {
    const codes = ['provinces.csv', 'regencies.csv', 'districts.csv', 'villages.csv'].flatMap(oracle);
    expect(codes).toHaveLength(91_599);
    const ours = new Set(list.all().map((row) => row.kode));
    expect(codes.filter((kode) => !ours.has(kode))).toEqual([]);
    expect(ours.size).toBe(codes.length);
  });

  it('agree with the code type in level, parent and kind', () => {
    for (const row of list.all()) {
      const kode = kodeWilayah(row.kode);
      if (levelOf(kode) !== row.level || parentOf(kode) !== row.parent) throw new Error(row.kode);
      if (row.level === 'desa' && jenisOf(kode) !== row.jenis) throw new Error(row.kode);
    }
  });

  it('give Kebumen in full', () => {
    const rows = list.within('33.05');
    const of = (jenis: string) => rows.filter((row) => row.jenis === jenis).length;
    expect([of('provinsi'), of('kabupaten'), of('kecamatan'), of('desa'), of('kelurahan')]).toEqual([
      1, 1, 26, 449, 11,
    ]);
    expect(rows.find((row) => row.kode === '33.05.05.2011')).toMatchObject({ nama: 'Klirong', parent: '33.05.05' });
    expect(rows.filter((row) => row.nama === 'Bumirejo').map((row) => row.kode)).toEqual([
      '33.05.03.2020',
      '33.05.12.1026',
    ]);
    expect(list.within('3305')).toEqual(rows);
    expect([list.within('33.99'), list.within('33'), list.within("33.05' --")]).toEqual([[], [], []]);
  });

  it('know every province in the table of time zones', () => {
    expect(list.provinsi.map((row) => zoneOf(kodeWilayah(row.kode))).filter((zone) => zone === 'WIB')).toHaveLength(18);
    expect(list.provinsi).toHaveLength(38);
  });

  it('fit into one megabyte', async () => {
    expect((await stat(join(__dirname, '../../../provisioners/regions/wilayah.br'))).size).toBeLessThan(1_000_000);
  });

  it('become a source with typed codes, opened once', async () => {
    let opened = 0;
    const source = officialRegions(async () => {
      opened++;
      return list;
    });
    expect(await source.kabupaten()).toHaveLength(514);
    expect(await source.within(kodeWilayah('33.05'))).toHaveLength(488);
    expect(await source.dataset()).toMatchObject({ id: '2026-02-13' });
    expect(opened).toBe(1);
  });

  it('try again when opening failed', async () => {
    let tries = 0;
    const source = officialRegions(async () => {
      if (tries++ === 0) throw new Error('gone');
      return list;
    });
    await expect(source.dataset()).rejects.toThrow('gone');
    expect(await source.kabupaten()).toHaveLength(514);
  });
});

describe('lists from a file', () => {
  const sql = `/* note : Data Kode Wilayah sesuai Kepmendagri No 300.2.2-9 Tahun 2027
create : 2026-01-01 10:00:00
last edit: 2027-03-04 16:45:21 */
INSERT INTO wilayah (kode, nama)\r\nVALUES\r\n('33','Jawa Tengah'),\r\n('33.05.01','Ayah'),\r\n('33.05','Kabupaten Kebumen'),
('33.05.01.2001','Ba''u  Satu ');`;

  it('read a dump, with its regulation and date', () => {
    const read = parseRegionFile(Buffer.from(sql));
    expect(read.dataset).toMatchObject({
      id: '2027-03-04',
      date: '2027-03-04',
      regulation: 'Kepmendagri 300.2.2-9/2027',
    });
    expect(read.all().map((row) => [row.kode, row.nama])).toEqual([
      ['33', 'Jawa Tengah'],
      ['33.05', 'Kabupaten Kebumen'],
      ['33.05.01', 'Ayah'],
      ['33.05.01.2001', "Ba'u Satu"],
    ]);
  });

  it('read our JSON and our own compact form', () => {
    const facts = { regulation: 'Kepmendagri X/2027', date: '2027-01-02', source: 'BPS' };
    const json = parseRegionFile(
      Buffer.from(JSON.stringify({ ...facts, regions: { '33': 'Jawa Tengah', '33.05': 'K' } })),
    );
    expect(json.dataset).toMatchObject({ ...facts, id: '2027-01-02' });
    const pairs = checkPairs([
      ['33', 'Jawa Tengah'],
      ['33.05', 'K'],
    ]);
    expect(readCompact(writeCompact({ dataset: json.dataset, pairs })).all()).toEqual(json.all());
    expect(parseRegionFile(writeCompact({ dataset: json.dataset, pairs })).all()).toEqual(json.all());
  });

  const fault = (content: string | Buffer) => {
    try {
      parseRegionFile(Buffer.from(content));
      return null;
    } catch (error) {
      return error;
    }
  };
  it.each([
    ['an orphan', sql.replace("('33.05.01','Ayah'),", ''), 'parent'],
    ['a double code', sql.replace("('33','Jawa Tengah')", "('33','Jawa Tengah'),('33','Jateng')"), 'duplicate'],
    ['a code of another shape', sql.replace('33.05.01.2001', '33.05.01.9001'), 'code'],
    ['an empty name', sql.replace('Ayah', ' '), 'name'],
    ['no rows', 'INSERT INTO wilayah VALUES', 'no_rows'],
    ['another JSON', '{"a":1}', 'format'],
    ['broken JSON', '{"regulation":', 'format'],
    ['noise', Buffer.from([1, 2, 3, 4]), 'format'],
    ['nothing', '', 'format'],
  ])('refuse %s', (_name, content, problem) => {
    expect(fault(content)).toMatchObject({ code: 'invalid', details: { reason: 'dataset_invalid', problem } });
  });

  it('open from disk', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'regions-'));
    try {
      await writeFile(join(folder, 'w.sql'), sql);
      expect((await openRegionFile(join(folder, 'w.sql'))).within('33.05')).toHaveLength(4);
      await expect(openRegionFile(join(folder, 'none'))).rejects.toMatchObject({ code: 'not_found' });
      await expect(openRegionFile(folder)).rejects.toMatchObject({ code: 'invalid' });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
