import { TERMINAL } from '../../server/domain/actor';
import { writeSettings } from '../../server/services/setting-service';
import { loadKabupaten, WilayahService } from '../../server/services/wilayah-service';
import { kodeWilayah } from '../../server/domain/kode-wilayah';
import { startControlDatabase, type ControlDatabase } from '../helpers/control-database';
import { DATASET, makeRegion, regionSource, SMALL_REGIONS } from '../helpers/small-region';

jest.setTimeout(60_000);
let control: ControlDatabase;
let wilayah: WilayahService;
const newer = regionSource(
  [
    ...SMALL_REGIONS.filter((one) => !['33.05.05.2012', '33.05.12.1026', '33.05.03.2020'].includes(one.kode)),
    makeRegion('33.05.12.1030', 'Bumirejo Kota'),
    makeRegion('33.05.05.2013', 'Tambakprogaten'),
    makeRegion('33.05.05.2099', 'Mekarsari'),
  ].map((one) => (one.kode === '33.05.05.2011' ? { ...one, nama: 'Klirong Lor' } : one)),
  { ...DATASET, id: '2027-01-01' },
);

beforeAll(async () => {
  control = await startControlDatabase();
  wilayah = new WilayahService({
    transactor: control.transactor,
    bundled: regionSource(),
    openFile: async () => newer,
  });
});
afterAll(() => control.stop());
beforeEach(async () => {
  await control.clear();
  await control.transactor.run(async (stores) => {
    const loaded = await loadKabupaten(stores, regionSource(), kodeWilayah('33.05'));
    await writeSettings(stores, TERMINAL, [{ key: 'kabupaten', value: { kode: loaded.kode, nama: loaded.nama } }]);
  });
});

test('kabupaten are found by name and by code in both notations', async () => {
  const names = async (search: string) => (await wilayah.searchKabupaten(TERMINAL, search)).map((one) => one.nama);
  expect(await names('')).toHaveLength(2);
  expect(await names('kebu')).toEqual(['Kabupaten Kebumen']);
  expect(await names('33.06')).toEqual(['Kabupaten Purworejo']);
  expect(await names('3305')).toEqual(['Kabupaten Kebumen']);
});

test('desa are found with their kecamatan, which tells twins apart', async () => {
  const twins = await wilayah.searchDesa(TERMINAL, { search: 'bumirejo' });
  expect(twins.map((one) => [one.kode, one.jenis, one.kecamatan.nama])).toEqual([
    ['33.05.03.2020', 'desa', 'Puring'],
    ['33.05.12.1026', 'kelurahan', 'Kebumen'],
  ]);
  expect((await wilayah.searchDesa(TERMINAL, { search: '3305052011' })).map((one) => one.nama)).toEqual(['Klirong']);
  expect(await wilayah.searchDesa(TERMINAL, { kecamatan: '330505' })).toHaveLength(2);
  expect(await wilayah.searchDesa(TERMINAL, { search: '%' })).toEqual([]);
  expect(await wilayah.counts(TERMINAL)).toEqual({ kecamatan: 3, desa: 3, kelurahan: 1, desaAdat: 0 });
});

test('all levels of one desa; a foreign code is unknown', async () => {
  expect(await wilayah.full(TERMINAL, '3305052011')).toMatchObject({
    desa: { nama: 'Klirong' },
    kecamatan: { kode: '33.05.05' },
    kabupaten: { kode: '33.05' },
    provinsi: { kode: '33', nama: 'Jawa Tengah' },
  });
  await expect(wilayah.full(TERMINAL, '33.06.01.2001')).rejects.toMatchObject({ code: 'desa_unknown' });
});

test('a newer list: shown first, then applied; codes stay, used ones are named', async () => {
  await control.transactor.read.desa.ensure({
    kode: '33.05.12.1026',
    kecamatanKode: '33.05.12',
    nama: 'Bumirejo',
    jenis: 'kelurahan',
    host: 'b.id',
    network: 'n',
    databaseId: null,
  });
  const shown = await wilayah.importFile(TERMINAL, 'file', 'no');
  expect(shown.diff.added.map((one) => one.kode)).toEqual(['33.05.12.1030', '33.05.05.2099']);
  expect(shown.diff.removed.map((one) => one.kode)).toEqual(['33.05.03.2020', '33.05.12.1026']);
  expect(shown.diff.moved).toEqual([{ nama: 'Tambakprogaten', before: '33.05.05.2012', after: '33.05.05.2013' }]);
  expect(shown.diff.renamed).toEqual([{ kode: '33.05.05.2011', before: 'Klirong', after: 'Klirong Lor' }]);
  expect(shown.inUse).toEqual(['33.05.12.1026']);
  expect(await wilayah.searchDesa(TERMINAL, { search: 'Mekarsari' })).toEqual([]);

  expect((await wilayah.importFile(TERMINAL, 'file', 'yes')).applied).toBe(true);
  expect(await wilayah.searchDesa(TERMINAL, { search: 'Mekarsari' })).toHaveLength(1);
  expect(await control.transactor.read.wilayah.find('33.05.12.1026')).toMatchObject({
    active: false,
    nama: 'Bumirejo',
  });
  expect(await wilayah.searchDesa(TERMINAL, { search: 'Bumirejo' })).toHaveLength(1);

  const again = await wilayah.importFile(TERMINAL, 'file', 'yes');
  expect(again.diff).toEqual({ added: [], removed: [], renamed: [], moved: [], returned: [] });
});

test('a code that comes back is active again', async () => {
  await wilayah.importFrom(TERMINAL, newer, 'yes');
  const back = await wilayah.importFrom(TERMINAL, regionSource(), 'yes');
  expect(back.diff.returned.map((one) => one.kode)).toEqual(['33.05.03.2020', '33.05.05.2012', '33.05.12.1026']);
  expect(await control.transactor.read.wilayah.find('33.05.12.1026')).toMatchObject({ active: true });
});
