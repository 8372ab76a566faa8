import { createHash } from 'node:crypto';
import type { InstanceContext, Wilayah } from '../../provisioners/contracts';

const KEBUMEN = { kode: '33.05', nama: 'Kebumen' };
const JATENG = { kode: '33', nama: 'Jawa Tengah' };

export const KLIRONG: Wilayah = {
  kode: '33.05.05.2011',
  kodeAngka: '3305052011',
  nama: 'Klirong',
  jenis: 'desa',
  kecamatan: { kode: '33.05.05', nama: 'Klirong' },
  kabupaten: KEBUMEN,
  provinsi: JATENG,
};
/** One of two places of the same name. */
export const BUMIREJO: Wilayah = {
  kode: '33.05.03.2020',
  kodeAngka: '3305032020',
  nama: 'Bumirejo',
  jenis: 'desa',
  kecamatan: { kode: '33.05.03', nama: 'Puring' },
  kabupaten: KEBUMEN,
  provinsi: JATENG,
};
export const BUMIREJO_TWIN: Wilayah = {
  kode: '33.05.12.1026',
  kodeAngka: '3305121026',
  nama: 'Bumirejo',
  jenis: 'kelurahan',
  kecamatan: { kode: '33.05.12', nama: 'Kebumen' },
  kabupaten: KEBUMEN,
  provinsi: JATENG,
};

const seeded = (seed: string): Buffer => createHash('sha256').update(seed).digest();
const laravelKey = (seed: string): string => `base64:${seeded(seed).toString('base64')}`;

/** A complete context of one app of one desa; the same input gives the same secrets. */
export function contextOf(
  app: string,
  wilayah: Wilayah,
  version: string,
  database: InstanceContext['database'],
  owner: InstanceContext['owner'],
): InstanceContext {
  const host = `${wilayah.nama.toLowerCase()}-${wilayah.kodeAngka}.kebumen.localhost`;
  return {
    instanceId: `01J${wilayah.kodeAngka}${app}`,
    app,
    wilayah,
    version,
    hosts: [host],
    publicUrl: `https://${host}${{ opensid: '', pbb: '/pbb', api: '/api' }[app] ?? ''}`,
    siteUrl: `https://${host}`,
    proxyAddress: '10.255.255.1',
    database,
    owner,
    identityKey: seeded(`${app} ${wilayah.kode} identity`).toString('hex'),
    secrets: {
      app_key: laravelKey(`${app} ${wilayah.kode} app_key`),
      jwt_secret: seeded(`${wilayah.kode} jwt`).toString('hex'),
    },
    shared: { app_key: laravelKey(`${wilayah.kode} desa`), token: '' },
    settings: { timezone: 'Asia/Jakarta', layananUrl: 'http://127.0.0.1:9', pantauUrl: 'http://127.0.0.1:9' },
  };
}
