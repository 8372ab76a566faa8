import type { AppAdapter, Wilayah } from '../../provisioners/contracts';
import type { Desa } from '../domain/desa';
import type { Instance } from '../domain/instance';
import { kodeWilayah } from '../domain/kode-wilayah';
import { digitsOf } from '../domain/names';
import type { Release } from '../domain/release';
import { StepError } from '../rollouts/step-error';
import type { Stores } from '../stores';
import type { World } from './world';

/** One instance with all that belongs to it. */
export interface Subject {
  readonly instance: Instance;
  readonly desa: Desa;
  readonly app: AppAdapter;
  readonly wilayah: Wilayah;
}

/** The regions above a desa, by code. Throws when the data set lacks one. */
export const wilayahOf = async (
  stores: Pick<Stores, 'wilayah'>,
  desa: Pick<Desa, 'kode' | 'nama' | 'jenis'>,
): Promise<Wilayah> => {
  const parts = desa.kode.split('.');
  const [provinsi = '', kabupaten = '', kecamatan = ''] = [1, 2, 3].map((count) => parts.slice(0, count).join('.'));
  const rows = new Map(
    (await stores.wilayah.findMany([provinsi, kabupaten, kecamatan].map(kodeWilayah))).map(
      (row) => [String(row.kode), row.nama] as const,
    ),
  );
  const named = (kode: string): { kode: string; nama: string } => ({ kode, nama: rows.get(kode) ?? kode });
  return {
    kode: desa.kode,
    kodeAngka: digitsOf(desa.kode),
    nama: desa.nama,
    jenis: desa.jenis,
    kecamatan: named(kecamatan),
    kabupaten: named(kabupaten),
    provinsi: named(provinsi),
  };
};

export const loadSubject = async (world: World, instanceId: string): Promise<Subject> => {
  const { read } = world.transact;
  const instance = await read.instances.find(instanceId);
  const desa = instance === null ? null : await read.desa.find(instance.wilayahKode);
  const app = instance === null ? undefined : world.apps.get(instance.app);
  if (instance === null || desa === null || app === undefined)
    throw new StepError('subject_gone', { instance: instanceId });
  return { instance, desa, app, wilayah: await wilayahOf(read, desa) };
};

export const loadRelease = async (world: World, id: string): Promise<Release> => {
  const release = await world.transact.read.releases.find(id);
  if (release?.state !== 'ready') throw new StepError('release_not_ready', { release: release?.version ?? id });
  return release;
};

/** The release something ran before, whether it may still be used or not; null = none. */
export const releaseBefore = async (world: World, id: string | null): Promise<Release | null> =>
  id === null ? null : world.transact.read.releases.find(id);
