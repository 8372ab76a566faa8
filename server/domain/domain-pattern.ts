import type { Jenis, KodeWilayah } from './kode-wilayah';
import { isLabel, joinSlugs, RESERVED_LABELS, slugOf } from './slug';

/** What a pattern such as `{desa}.kec-{kec}.{suffix}` may contain. */
export type Placeholder = 'desa' | 'kec' | 'jenis' | 'suffix';
export type PatternFault =
  'empty' | 'unknown_placeholder' | 'desa_missing' | 'suffix_missing' | 'not_a_host' | 'too_long';
export interface DomainPattern {
  readonly text: string;
  readonly suffix: string | null;
}
export interface NamedDesa {
  readonly kode: KodeWilayah;
  readonly nama: string;
  readonly jenis: Jenis;
  readonly kecamatan: string;
}
/** `added`: what was put behind the name to make the host its own. `clash`: still not its own; happens to none today. */
export interface ProposedHost {
  readonly kode: KodeWilayah;
  readonly nama: string;
  readonly host: string;
  readonly added: 'nothing' | 'kecamatan' | 'jenis' | 'kode';
  readonly clash: readonly KodeWilayah[];
}

const PLACEHOLDER = /\{([^{}]*)\}/g;
const KNOWN: readonly string[] = ['desa', 'kec', 'jenis', 'suffix'] satisfies readonly Placeholder[];
const JENIS_SLUG: Readonly<Record<Jenis, string>> = { desa: 'desa', kelurahan: 'kel', desa_adat: 'adat' };
const MAX_HOST = 190;

const isHost = (text: string): boolean =>
  text.length <= MAX_HOST && text.split('.').length > 1 && text.split('.').every(isLabel);

const fill = (text: string, values: Readonly<Record<Placeholder, string>>): string =>
  text.replace(PLACEHOLDER, (_whole, name: Placeholder) => values[name]);

/** Checks a pattern and its suffix; both are lower-cased. */
export const parsePattern = (
  pattern: string,
  suffix: string | null,
): { readonly pattern: DomainPattern } | { readonly fault: PatternFault } => {
  const text = pattern.trim().toLowerCase();
  const end = suffix === null || suffix.trim() === '' ? null : suffix.trim().toLowerCase();
  const names = [...text.matchAll(PLACEHOLDER)].map((match) => match[1] ?? '');
  if (text === '') return { fault: 'empty' };
  if (names.some((name) => !KNOWN.includes(name))) return { fault: 'unknown_placeholder' };
  if (!names.includes('desa')) return { fault: 'desa_missing' };
  if (names.includes('suffix') && end === null) return { fault: 'suffix_missing' };
  const sample = fill(text, { desa: 'x', kec: 'x', jenis: 'desa', suffix: end ?? '' });
  if (sample.length > MAX_HOST - 60) return { fault: 'too_long' };
  return isHost(sample) ? { pattern: { text, suffix: end } } : { fault: 'not_a_host' };
};

/** Cuts the name, and nothing else, so that its label keeps to 63 characters. */
const hostWith = (pattern: DomainPattern, desa: NamedDesa, label: string): string => {
  const values = { kec: slugOf(desa.kecamatan), jenis: JENIS_SLUG[desa.jenis], suffix: pattern.suffix ?? '' };
  return pattern.text
    .split('.')
    .map((part) => {
      const room = 63 - fill(part, { ...values, desa: '' }).length;
      const cut = label.slice(0, Math.max(1, room)).replace(/-+$/, '');
      const filled = fill(part, { ...values, desa: cut });
      return part.includes('{suffix}') ? filled : filled.slice(0, 63).replace(/^-+|-+$/g, '');
    })
    .join('.');
};

type Level = 0 | 1 | 2 | 3;
const NEXT: Readonly<Record<Level, Level>> = { 0: 1, 1: 2, 2: 3, 3: 3 };
const ROUNDS = 4;

const labelAt = (pattern: DomainPattern, desa: NamedDesa, level: Level): string => {
  const parts: string[] = [];
  // Where the pattern names the kecamatan already, naming it twice tells nothing apart.
  if (level >= 1 && !pattern.text.includes('{kec}')) parts.push(slugOf(desa.kecamatan, 24));
  if (level >= 2 && !pattern.text.includes('{jenis}')) parts.push(JENIS_SLUG[desa.jenis]);
  if (level >= 3) parts.push(desa.kode.slice(-4));
  return joinSlugs(slugOf(desa.nama), ...parts);
};

const groupByHost = (hosts: ReadonlyMap<NamedDesa, string>): ReadonlyMap<string, readonly NamedDesa[]> => {
  const groups = new Map<string, NamedDesa[]>();
  for (const [desa, host] of hosts) {
    const group = groups.get(host);
    if (group === undefined) groups.set(host, [desa]);
    else group.push(desa);
  }
  return groups;
};

const addedAt = (pattern: DomainPattern, level: Level): ProposedHost['added'] => {
  if (level === 3) return 'kode';
  if (level === 2 && !pattern.text.includes('{jenis}')) return 'jenis';
  return level >= 1 && !pattern.text.includes('{kec}') ? 'kecamatan' : 'nothing';
};

/**
 * Hosts of all desa of a kabupaten at once, so that the result does not depend on the order of installation: whoever shares a
 * host or has a reserved one gets `-{kec}` behind its name, then `-desa`/`-kel`; never a number. (Two pairs in the whole country share
 * name, kind and kecamatan: they get the last block of their code.)
 */
export const proposeHosts = (pattern: DomainPattern, all: readonly NamedDesa[]): readonly ProposedHost[] => {
  const levels = new Map<NamedDesa, Level>(all.map((desa) => [desa, 0]));
  const render = (desa: NamedDesa): string => hostWith(pattern, desa, labelAt(pattern, desa, levels.get(desa) ?? 0));
  const hosts = new Map(all.map((desa) => [desa, render(desa)]));
  for (let round = 0; round < ROUNDS; round++) {
    const unfit = [...groupByHost(hosts)].flatMap(([host, members]) =>
      members.length > 1 || RESERVED_LABELS.has(host.split('.')[0] ?? '') ? members : [],
    );
    if (unfit.length === 0) break;
    for (const desa of unfit) {
      levels.set(desa, NEXT[levels.get(desa) ?? 0]);
      hosts.set(desa, render(desa));
    }
  }
  const groups = groupByHost(hosts);
  return all.map((desa) => {
    const host = hosts.get(desa) ?? '';
    const others = (groups.get(host) ?? []).filter((other) => other !== desa).map((other) => other.kode);
    return { kode: desa.kode, nama: desa.nama, host, added: addedAt(pattern, levels.get(desa) ?? 0), clash: others };
  });
};
