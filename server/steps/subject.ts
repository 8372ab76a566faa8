import type { AppAdapter, Wilayah } from '../../provisioners/contracts';
import type { Desa } from '../domain/desa';
import type { Instance } from '../domain/instance';
import { digitsOf } from '../domain/names';
import type { Release } from '../domain/release';
import { StepError } from '../rollouts/step-error';
import type { World } from './world';

/** One instance with all that belongs to it. */
export interface Subject {
  readonly instance: Instance;
  readonly desa: Desa;
  readonly app: AppAdapter;
  readonly wilayah: Wilayah;
}

/** A desa with the regions above it; one whose name is not known has its code for a name. */
const wilayahOf = (desa: Pick<Desa, 'kode' | 'nama' | 'jenis'>, names: ReadonlyMap<string, string>): Wilayah => {
  const parts = desa.kode.split('.');
  const [provinsi = '', kabupaten = '', kecamatan = ''] = [1, 2, 3].map((count) => parts.slice(0, count).join('.'));
  const named = (kode: string): { kode: string; nama: string } => ({ kode, nama: names.get(kode) ?? kode });
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
  const found = await world.transact.read.instances.withDesa(instanceId);
  const app = found === null ? undefined : world.apps.get(found.instance.app);
  if (found === null || app === undefined) throw new StepError('subject_gone', { instance: instanceId });
  const { instance, desa, names } = found;
  return { instance, desa, app, wilayah: wilayahOf(desa, names) };
};

export const loadRelease = async (world: World, id: string): Promise<Release> => {
  const release = await world.transact.read.releases.find(id);
  if (release?.state !== 'ready') throw new StepError('release_not_ready', { release: release?.version ?? id });
  return release;
};

/** The release something ran before, whether it may still be used or not; null = none. */
export const releaseBefore = async (world: World, id: string | null): Promise<Release | null> =>
  id === null ? null : world.transact.read.releases.find(id);
