/** The filter of the list of desa: from the address, to the address, and what it lets through. */
import { digitsOf } from '../../domain/names';
import type { DesaDocument } from '../../services/read-models/desa-model';
import type { DesaFilter } from '../view-models/desa';

export const NO_FILTER: DesaFilter = {
  search: '',
  kecamatan: [],
  status: [],
  versions: [],
  apps: [],
  sort: 'kecamatan',
  direction: 'naik',
};
const MOST = 60;
const LONGEST = 80;
const SORTS: readonly DesaFilter['sort'][] = ['nama', 'kecamatan', 'keadaan'];

export const filterOf = (query: URLSearchParams): DesaFilter => {
  const all = (name: string): readonly string[] =>
    [...query.getAll(name), ...query.getAll(`${name}[]`)]
      .filter((one) => one !== '')
      .slice(0, MOST)
      .map((one) => one.slice(0, LONGEST));
  return {
    search: (query.get('cari') ?? '').trim().slice(0, LONGEST),
    kecamatan: all('kecamatan'),
    status: all('keadaan'),
    versions: all('versi'),
    apps: all('aplikasi'),
    sort: SORTS.find((one) => one === query.get('urut')) ?? NO_FILTER.sort,
    direction: query.get('arah') === 'turun' ? 'turun' : 'naik',
  };
};
/** Without the page, without "?". */
export const queryOf = (filter: DesaFilter): string => {
  const query = new URLSearchParams();
  if (filter.search !== '') query.append('cari', filter.search);
  filter.kecamatan.forEach((one) => query.append('kecamatan', one));
  filter.status.forEach((one) => query.append('keadaan', one));
  filter.versions.forEach((one) => query.append('versi', one));
  filter.apps.forEach((one) => query.append('aplikasi', one));
  if (filter.sort !== NO_FILTER.sort) query.append('urut', filter.sort);
  if (filter.direction !== NO_FILTER.direction) query.append('arah', filter.direction);
  return query.toString();
};

const found = (one: DesaDocument, search: string): boolean => {
  const wanted = search.toLowerCase();
  const digits = wanted.replaceAll('.', '');
  if (/^\d+$/.test(digits)) return digitsOf(one.kode).includes(digits);
  return one.nama.toLowerCase().includes(wanted) || (one.host ?? '').includes(wanted);
};
const isInstalled = (one: DesaDocument): boolean => one.instances.some((instance) => instance.container !== null);

/** Words of `keadaan` beside the states themselves: `tindakan`, `tertinggal`. */
const hasStatus = (one: DesaDocument, status: string): boolean => {
  if (status === 'tertinggal') return one.instances.some((instance) => instance.behind);
  if (status === 'tindakan')
    return ['down', 'unknown', 'degraded'].includes(one.status) || one.instances.some((instance) => instance.behind);
  return one.status === status;
};
/** `versi` is app@version. */
const hasVersion = (one: DesaDocument, wanted: string): boolean => {
  const [app, version] = wanted.split('@');
  return one.instances.some((instance) => instance.app === app && instance.release === version && isInstalled(one));
};
export const matchesFilter = (one: DesaDocument, filter: DesaFilter): boolean =>
  (filter.search === '' || found(one, filter.search)) &&
  (filter.kecamatan.length === 0 || filter.kecamatan.includes(one.kecamatanKode)) &&
  (filter.status.length === 0 || filter.status.some((status) => hasStatus(one, status))) &&
  (filter.versions.length === 0 || filter.versions.some((version) => hasVersion(one, version))) &&
  (filter.apps.length === 0 ||
    filter.apps.some((app) => one.instances.some((instance) => instance.app === app && instance.container !== null)));

const TROUBLE: Readonly<Record<string, number>> = {
  down: 0,
  unknown: 1,
  degraded: 2,
  updating: 3,
  installing: 3,
  stopped: 4,
  healthy: 5,
  not_installed: 6,
};
const byText = (left: string, right: string): number => left.localeCompare(right, 'id');
/** Installed desa come before the others; trouble first when sorted by state. */
export const sortDesa = (rows: readonly DesaDocument[], filter: DesaFilter): readonly DesaDocument[] => {
  const turn = filter.direction === 'turun' ? -1 : 1;
  const rank = (one: DesaDocument): number => TROUBLE[one.status] ?? 5;
  const compare = (left: DesaDocument, right: DesaDocument): number => {
    if (filter.sort === 'nama') return byText(left.nama, right.nama) || byText(left.kode, right.kode);
    if (filter.sort === 'keadaan') return rank(left) - rank(right) || byText(left.kode, right.kode);
    return byText(left.kecamatan, right.kecamatan) || byText(left.nama, right.nama) || byText(left.kode, right.kode);
  };
  const first = (one: DesaDocument): number => (filter.sort === 'kecamatan' && !isInstalled(one) ? 1 : 0);
  return [...rows].sort((left, right) => first(left) - first(right) || turn * compare(left, right));
};
