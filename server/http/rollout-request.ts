/** From the fields of a form to what a person asks for, and back into hidden fields. */
import { AppError } from '../domain/errors';
import type { RolloutRequest } from '../domain/rollout-plan';
import type { DesaDocument } from '../services/read-models/desa-model';
import { filterOf, matchesFilter } from './pages/desa-filter';
import { first, type Visit } from './web';

const KINDS = ['install', 'update', 'restart', 'stop', 'start'] as const;
export type AskedKind = (typeof KINDS)[number];
export type Fields = (name: string) => readonly string[];
const FIELD_NAMES = ['action', 'release', 'cakupan', 'kecamatan', 'kode', 'query', 'app'] as const;

export const kindOf = (fields: Fields): AskedKind => {
  const asked = first(fields('action'));
  const kind = KINDS.find((one) => one === asked);
  if (kind === undefined) throw new AppError('invalid_input', { problem: 'action' }, { field: 'action' });
  return kind;
};
export const hiddenOf = (fields: Fields): readonly { readonly name: string; readonly value: string }[] =>
  FIELD_NAMES.flatMap((name) => fields(name).map((value) => ({ name, value })));

const installed = (one: DesaDocument): boolean => one.instances.some((instance) => instance.container !== null);
const fits = (kind: AskedKind, one: DesaDocument): boolean => (kind === 'install' ? true : installed(one));

/** Codes of the scope a person chose. */
export const scopeOf = (kind: AskedKind, fields: Fields, all: readonly DesaDocument[]): readonly string[] => {
  const kodes = fields('kode');
  const scope = first(fields('cakupan'), kodes.length > 0 ? 'pilihan' : 'semua');
  if (scope === 'pilihan') return [...new Set(kodes)];
  if (scope === 'kecamatan')
    return all
      .filter((one) => fields('kecamatan').includes(one.kecamatanKode) && fits(kind, one))
      .map((one) => one.kode);
  if (scope === 'saringan') {
    const filter = filterOf(new URLSearchParams(first(fields('query'))));
    return all.filter((one) => matchesFilter(one, filter)).map((one) => one.kode);
  }
  const open = kind === 'install' ? all.filter((one) => !installed(one)) : all.filter(installed);
  return open.map((one) => one.kode);
};

/** AppError at its field when nothing, or something unknown, is chosen. */
export const requestOf = async (visit: Visit, fields: Fields): Promise<RolloutRequest> => {
  const kind = kindOf(fields);
  const kodes = scopeOf(kind, fields, await visit.deps.desaModel.list(visit.actor, {}));
  if (kodes.length === 0) throw new AppError('invalid_input', { problem: 'no_desa' }, { field: 'cakupan' });
  const byRelease = kind === 'install' || kind === 'update';
  const releases = byRelease ? await releasesOf(visit, fields('release')) : {};
  if (byRelease && Object.keys(releases).length === 0)
    throw new AppError('invalid_input', { problem: 'empty' }, { field: 'release' });
  return { kind, kodes, apps: byRelease ? Object.keys(releases) : fields('app'), releases, hosts: {} };
};
const releasesOf = async (visit: Visit, chosen: readonly string[]): Promise<Readonly<Record<string, string>>> => {
  const ids = new Set(chosen.map((one) => one.slice(one.indexOf('@') + 1)).filter((one) => one !== ''));
  const known = (await visit.deps.releases.list(visit.actor)).filter((one) => ids.has(one.id));
  return Object.fromEntries(known.map((one) => [one.app, one.version] as const));
};
