import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Row } from './row';

const KLIRONG = '33.05.05.2011';
const BUMIREJO_HOST = 'bumirejo.kec-kebumen.kebumenkab.go.id';
const install = (kode: string) => ({ kind: 'install', kodes: [kode], releases: { opensid: '2409.0.0' } });
const at = (kode: string) => ({ operation: 'rollout.start', call: { body: install(kode) } });

/** What people ask for a desa, and data they bring. */
export const DESA_ROWS: readonly Row[] = [
  {
    what: 'a kode that no desa has',
    argv: () => ['desa', 'install', '33.05.05.2999'],
    rest: () => at('33.05.05.2999'),
    ...{ exit: 2, status: 404, code: 'desa_unknown', problem: null, field: 'kode' },
  },
  {
    what: 'a kode that is none',
    argv: () => ['desa', 'install', 'klirong'],
    rest: () => at('klirong'),
    ...{ exit: 2, status: 422, code: 'invalid_input', problem: 'kode_wilayah_format', field: 'kodes.0' },
  },
  {
    what: 'a desa of another kabupaten',
    argv: () => ['desa', 'install', '33.06.01.2001'],
    rest: () => at('33.06.01.2001'),
    ...{ exit: 2, status: 404, code: 'desa_unknown', problem: null, field: 'kode' },
  },
  {
    what: 'a kabupaten that is not on the list, in the first set-up',
    argv: () => [
      ...['setup', '--kabupaten', '33.99', '--domain-pattern', '{desa}.a.id'],
      ...['--admin-email', 'a@a.id', '--admin-name', 'Ani'],
    ],
    rest: null,
    ...{ exit: 2, code: 'not_found', problem: null, field: 'kabupaten' },
  },
  {
    what: 'a domain that another desa has',
    argv: () => ['desa', 'domain', KLIRONG, BUMIREJO_HOST],
    rest: () => ({
      operation: 'rollout.start',
      call: { body: { kind: 'domain', kodes: [KLIRONG], hosts: { [KLIRONG]: BUMIREJO_HOST } } },
    }),
    ...{ exit: 2, status: 409, code: 'conflict', problem: 'host_taken', field: 'host' },
  },
  {
    what: 'a domain that is none',
    argv: () => ['desa', 'domain', KLIRONG, 'tidak sah_'],
    rest: () => ({
      operation: 'rollout.start',
      call: { body: { kind: 'domain', kodes: [KLIRONG], hosts: { [KLIRONG]: 'tidak sah_' } } },
    }),
    ...{ exit: 2, status: 422, code: 'invalid_input', problem: 'hostname', field: `hosts.${KLIRONG}` },
  },
  {
    what: 'a release that was never imported',
    argv: () => ['desa', 'update', 'opensid@9999.0.0', KLIRONG],
    rest: () => ({
      operation: 'rollout.start',
      call: { body: { kind: 'update', kodes: [KLIRONG], releases: { opensid: '9999.0.0' } } },
    }),
    ...{ exit: 2, status: 409, code: 'rollout_blocked', problem: 'release_unknown', field: 'releases' },
  },
  {
    what: 'JSON that is none, as a list of regions',
    lay: ({ folder }) => writeFileSync(path.join(folder, 'wilayah.json'), '{"regions": {"33": '),
    argv: ({ folder }) => ['wilayah', 'import', path.join(folder, 'wilayah.json')],
    rest: null,
    ...{ exit: 2, code: 'dataset_invalid', problem: null, field: 'file' },
  },
  {
    what: 'a list of regions that is not there',
    argv: () => ['wilayah', 'import', '/tidak/ada.json'],
    rest: null,
    ...{ exit: 2, code: 'not_found', problem: null, field: 'file' },
  },
  {
    what: 'JSON of something else, as a list of regions',
    lay: ({ folder }) => writeFileSync(path.join(folder, 'wilayah.json'), '{"regions": {"33.05": 7}}'),
    argv: ({ folder }) => ['wilayah', 'import', path.join(folder, 'wilayah.json')],
    rest: null,
    ...{ exit: 2, code: 'dataset_invalid', problem: null, field: 'file' },
  },
];
