/** From the fields of a form to what a person asks for, and back into hidden fields. */
import { AppError } from '../domain/errors';
import type { RolloutRequest } from '../domain/rollout-plan';
import type { DesaDocument } from '../services/read-models/desa-model';
import { desaMatching, queryReader, readDesaQuery, type DesaListFacts } from './pages/desa-list-page';
import { listFacts } from './routes/desa';
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

/** Everything a filter lets through, as the list shows it. */
export const filtered = (facts: DesaListFacts, query: string): readonly DesaDocument[] =>
  desaMatching(facts, readDesaQuery(queryReader(query)));

const usualScope = (fields: Fields): string => {
  if (fields('kode').length > 0) return 'pilihan';
  return fields('query').length > 0 ? 'saringan' : 'semua';
};
/** Codes of the scope a person chose. */
export const scopeOf = (kind: AskedKind, fields: Fields, facts: DesaListFacts): readonly string[] => {
  const open = facts.desa.filter((one) => (kind === 'install' ? !installed(one) : installed(one)));
  const scope = first(fields('cakupan'), usualScope(fields));
  if (scope === 'pilihan') return [...new Set(fields('kode'))];
  if (scope === 'saringan') return filtered(facts, first(fields('query'))).map((one) => one.kode);
  const inside = fields('kecamatan');
  return open.filter((one) => scope !== 'kecamatan' || inside.includes(one.kecamatanKode)).map((one) => one.kode);
};

/** AppError at its field when nothing, or something unknown, is chosen. */
export const requestOf = async (visit: Visit, fields: Fields): Promise<RolloutRequest> => {
  const kind = kindOf(fields);
  const kodes = scopeOf(kind, fields, await listFacts(visit));
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
