import type { Page } from 'playwright-core';
import { SETTING_SECTIONS } from '../../server/http/view-models/settings';
import { FLEET_STATES, type FleetState } from '../fleet/plan';
import type { Ground } from './ground';

/** One picture of the set, in every width and theme. */
export interface Screen {
  readonly name: string;
  /** Of `ROUTES`: the page it shows. */
  readonly route: string;
  readonly who: 'visitor' | 'admin';
  /** `window` = what one sees without scrolling: a drawer or dialog covers no more. */
  readonly part: 'page' | 'window';
  readonly states: readonly FleetState[];
  readonly languages: readonly ('id' | 'en')[];
  /** What the page is answered with. */
  readonly status: number;
  /** State the newest rollout is put into for the picture: `cancelled` = not in the way of a new plan. */
  readonly rollout: 'as_seeded' | 'cancelled' | 'rolling' | 'paused';
  /** Its address; null = this state has nothing to show there. */
  readonly address: (ground: Ground) => string | null;
  /** What a person does there before the picture; false = there is nothing to press. */
  readonly act: ((page: Page) => Promise<boolean>) | null;
}
type Rest = Partial<Omit<Screen, 'name' | 'route' | 'address'>>;
const screen = (name: string, route: string, address: string | Screen['address'], rest: Rest = {}): Screen => ({
  who: 'admin',
  part: 'page',
  states: FLEET_STATES,
  languages: ['id'],
  status: 200,
  rollout: 'as_seeded',
  act: null,
  ...rest,
  name,
  route,
  address: typeof address === 'string' ? () => address : address,
});
const BOTH: Rest = { languages: ['id', 'en'] };
const FULL: Rest = { states: ['852', 'failing'] };

/** Presses the first thing that matches and waits for the page it leads to. */
const press =
  (selector: string): NonNullable<Screen['act']> =>
  async (page) => {
    const found = page.locator(selector).first();
    if ((await found.count()) === 0) return false;
    await Promise.all([page.waitForEvent('load'), found.click()]);
    return true;
  };
const openDialog = async (page: Page): Promise<boolean> => {
  const places = ['.sp-head', '.sp-banner', '.sp-bottom'].map((place) => `${place} [data-dialog=rollback]:visible`);
  const found = page.locator(places.join(', ')).first();
  if ((await found.count()) === 0) return false;
  await found.click();
  await page.waitForSelector('dialog[open]');
  return true;
};
const fillAndSend =
  (fields: Readonly<Record<string, string>>, button: string): NonNullable<Screen['act']> =>
  async (page) => {
    for (const [selector, text] of Object.entries(fields)) await page.fill(selector, text);
    return press(button)(page);
  };
const choose = async (page: Page): Promise<boolean> => {
  const boxes = page.locator('input[name=kode][type=checkbox]');
  if ((await boxes.count()) < 3) return false;
  for (const index of [0, 1, 2]) await boxes.nth(index).check();
  return true;
};

const desa = ({ kode }: Ground): string => `/desa/${kode}`;
/** A page of a desa that only an installed one leads to. */
const ofInstalled =
  (rest: string): Screen['address'] =>
  (ground) =>
    ground.state === 'empty' ? null : `${desa(ground)}${rest}`;
const board =
  (rest = '') =>
  ({ rolloutId }: Ground): string | null =>
    rolloutId === null ? null : `/pembaruan/${rolloutId}${rest}`;
const plan =
  (step = '') =>
  ({ newest }: Ground): string | null =>
    newest.length === 0
      ? null
      : `/pembaruan/rencana?action=update&cakupan=semua${newest.map((one) => `&release=${one}`).join('')}${step}`;

const ENTRY: readonly Screen[] = [
  screen('masuk', '/masuk', '/masuk', { who: 'visitor' }),
  screen('masuk-keliru', '/masuk', '/masuk', {
    who: 'visitor',
    states: ['852'],
    status: 422,
    act: fillAndSend(
      { 'input[name=email]': 'budi@contoh.id', 'input[name=password]': 'bukan-sandinya' },
      'form[action="/masuk"] button.sp-btn-main',
    ),
  }),
  screen('sesi-berakhir', '/masuk', '/desa?keadaan=down', { who: 'visitor', states: ['852'] }),
  screen('masuk-tautan', '/masuk/:token', ({ linkPath }) => linkPath, { who: 'visitor', states: ['empty'] }),
  screen('tidak-ada', '/desa/:kode', '/desa/99.99.99.9999', { states: ['852'], status: 404 }),
];
const DESA: readonly Screen[] = [
  screen('ringkasan', '/', '/', BOTH),
  screen('desa', '/desa', '/desa', BOTH),
  screen('desa-tidak-menjawab', '/desa', '/desa?keadaan=down', FULL),
  screen('desa-tanpa-hasil', '/desa', '/desa?cari=meunasha+alu', FULL),
  screen('desa-dipilih', '/desa', '/desa', { ...FULL, part: 'window', act: choose }),
  screen('desa-satu', '/desa/:kode', desa, BOTH),
  screen(
    'desa-satu-bermasalah',
    '/desa/:kode',
    ({ troubled }) => (troubled === null ? null : `/desa/${troubled}`),
    FULL,
  ),
  screen('desa-satu-riwayat', '/desa/:kode', (ground) => `${desa(ground)}?bagian=riwayat`),
  screen('desa-satu-token', '/desa/:kode', ofInstalled('?bagian=token')),
  screen('desa-satu-hapus', '/desa/:kode', ofInstalled('?bagian=hapus')),
  screen('desa-satu-log', '/desa/:kode/log/:app', ofInstalled('/log/opensid')),
  screen('desa-satu-domain', '/desa/:kode/domain', ofInstalled('/domain')),
  screen('desa-domain-tanya', '/desa/:kode/domain', ofInstalled('/domain'), {
    states: ['852'],
    act: fillAndSend({ 'input[name=host]': 'gampong.desa.id' }, 'form[action$="/domain"] button'),
  }),
  screen('desa-hapus-tanya', '/desa/:kode/hapus', ofInstalled('/hapus')),
  screen(
    'desa-sandi-pertama',
    '/desa/:kode',
    ({ waiting }) => (waiting === null ? null : `/desa/${waiting}?bagian=token`),
    {
      ...FULL,
      act: press('form[action$="/sandi"] button'),
    },
  ),
];
const RELEASES: readonly Screen[] = [
  screen('rilis', '/rilis', '/rilis'),
  screen('rilis-impor', '/rilis', '/rilis?impor=1'),
  screen('rilis-satu', '/rilis/:id', ({ used }) => (used === null ? null : `/rilis/${used}`)),
  screen('rilis-ditolak', '/rilis/:id', ({ refused }) => (refused === null ? null : `/rilis/${refused}`)),
  screen('rilis-hapus-tanya', '/rilis/:id/hapus', ({ unused }) => (unused === null ? null : `/rilis/${unused}/hapus`)),
];
const ROLLOUTS: readonly Screen[] = [
  screen('pembaruan', '/pembaruan', '/pembaruan'),
  screen('pembaruan-pilih', '/pembaruan/baru', '/pembaruan/baru?action=update'),
  screen('pasang-pilih', '/pembaruan/baru', '/pembaruan/baru?action=install'),
  screen('pembaruan-rencana', '/pembaruan/rencana', plan(), { ...FULL, rollout: 'cancelled' }),
  screen('pembaruan-konfirmasi', '/pembaruan/rencana', plan('&langkah=konfirmasi'), { ...FULL, rollout: 'cancelled' }),
  screen('papan', '/pembaruan/:id', board(), BOTH),
  screen('papan-dinding', '/pembaruan/:id', board('?layar=dinding'), { states: ['852'] }),
  screen('papan-nama', '/pembaruan/:id', board('?tampil=nama'), { states: ['852'] }),
  screen('papan-daftar', '/pembaruan/:id', board('?tampil=daftar&keadaan=quarantined'), FULL),
  screen('papan-gelombang', '/pembaruan/:id', board('?urut=gelombang'), { states: ['852'] }),
  screen(
    'papan-anggota',
    '/pembaruan/:id',
    ({ rolloutId, member }) =>
      rolloutId === null || member === null ? null : `/pembaruan/${rolloutId}?desa=${member}`,
    {
      ...FULL,
      part: 'window',
    },
  ),
  screen('papan-mundur-dialog', '/pembaruan/:id', board(), { ...FULL, part: 'window', act: openDialog }),
  screen('anggota', '/pembaruan/:id/desa/:kode', ({ rolloutId, member }) =>
    rolloutId === null || member === null ? null : `/pembaruan/${rolloutId}/desa/${member}`,
  ),
  screen('mundur-tanya', '/pembaruan/:id/mundur', board('/mundur')),
  screen('batal-tanya', '/pembaruan/:id/batal', board('/batal')),
  screen('papan-dijeda', '/pembaruan/:id', board(), { states: ['852'], rollout: 'paused' }),
  screen('papan-pekerja-diam', '/pembaruan/:id', board(), { states: ['failing'], rollout: 'rolling' }),
  screen('papan-selesai', '/pembaruan/:id', ({ ended }) => (ended === null ? null : `/pembaruan/${ended}`), {
    states: ['852'],
  }),
  screen('berita-acara', '/pembaruan/:id/laporan', ({ ended }) =>
    ended === null ? null : `/pembaruan/${ended}/laporan`,
  ),
];
const PLATFORM: readonly Screen[] = [
  screen('server', '/server', '/server'),
  screen('server-baru', '/server/baru', '/server/baru'),
  screen('server-satu', '/server/:name', ({ server }) => (server === null ? null : `/server/${server}`)),
  screen('server-lain', '/server/:name', ({ otherServer }) => (otherServer === null ? null : `/server/${otherServer}`)),
  screen('server-hapus-tanya', '/server/:name/hapus', ({ otherServer }) =>
    otherServer === null ? null : `/server/${otherServer}/hapus`,
  ),
  screen('basis-data', '/basis-data', '/basis-data'),
  screen('cadangan', '/cadangan', '/cadangan'),
  screen('cadangan-sendiri', '/cadangan', '/cadangan?jenis=sendiri'),
  screen('cadangan-hapus-tanya', '/cadangan/cuplikan/:id/hapus', ({ dump }) =>
    dump === null ? null : `/cadangan/cuplikan/${dump}/hapus`,
  ),
];
const OFFICE: readonly Screen[] = [
  screen('jejak-audit', '/jejak-audit', '/jejak-audit'),
  screen('jejak-audit-diperiksa', '/jejak-audit', '/jejak-audit?periksa=1', FULL),
  screen('jejak-audit-tanpa-hasil', '/jejak-audit', '/jejak-audit?oleh=tidak-ada', { states: ['852'] }),
  screen('profil', '/profil', '/profil'),
  screen('profil-token-baru', '/profil', '/profil', {
    states: ['852'],
    act: fillAndSend({ 'input[name=nama_token]': 'Laporan bulanan' }, 'form[action="/profil/token"] button'),
  }),
  screen('dokumen-api', '/dokumen-api', '/dokumen-api', { states: ['852'] }),
  screen('panduan', '/panduan/pesan', '/panduan/pesan', { states: ['852'] }),
  screen('panduan-satu', '/panduan/pesan/:code', '/panduan/pesan/http_status', { states: ['852'] }),
  ...SETTING_SECTIONS.map((section) =>
    screen(
      `pengaturan-${section}`,
      '/pengaturan',
      `/pengaturan?bagian=${section}`,
      section === 'identitas' ? BOTH : {},
    ),
  ),
];
/** Everything a person can open, in the order of the menu. */
export const SCREENS: readonly Screen[] = [...ENTRY, ...DESA, ...RELEASES, ...ROLLOUTS, ...PLATFORM, ...OFFICE];

/** Pages whose state no seeded installation has: drawn from the fixtures of the view tests. Fixture → its route. */
export const FIXTURE_SCREENS: Readonly<Record<string, string>> = {
  gaya: '/_gaya',
  'setup-account': '/setup/:token',
  'setup-region': '/setup/:token',
  'setup-domain': '/setup/:token',
  'setup-check': '/setup/:token',
  'releases-import': '/rilis',
  'plan-empty': '/pembaruan/rencana',
  'board-checking': '/pembaruan/:id',
  'board-install': '/pembaruan/:id',
  'desa-log': '/desa/:kode/log/:app',
  'server-enrol': '/server/baru',
  'server-key': '/server/baru',
  'settings-brand': '/pengaturan',
  'settings-domain-bad': '/pengaturan',
  'settings-mail-refused': '/pengaturan',
  'settings-limits': '/pengaturan',
  'settings-observer': '/pengaturan',
  'profile-refused': '/profil',
  'error-403': '',
  'error-409': '',
  'error-410': '',
  'error-422': '',
  'error-429': '',
  'error-500': '',
};

/** Addresses that are answered with a file. */
const FILES: ReadonlySet<string> = new Set(['/jejak-audit.csv']);
interface Asked {
  readonly method: string;
  readonly path: string;
}
/** Pages of the route table that no picture shows. */
export const forgotten = (routes: readonly Asked[]): readonly string[] => {
  const shown = new Set([...SCREENS.map((one) => one.route), ...Object.values(FIXTURE_SCREENS)]);
  return routes
    .filter((one) => one.method === 'get' && !FILES.has(one.path) && !shown.has(one.path))
    .map((one) => one.path);
};
