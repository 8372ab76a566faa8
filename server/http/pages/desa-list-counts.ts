import type { DesaDocument, InstanceDocument } from '../../services/read-models/desa-model';
import { DESA_LOOKS, TROUBLE_ORDER } from '../state-looks';

/** What a list of desa says of all of them, whatever is shown. */
export interface WholeList {
  readonly installed: number;
  readonly answering: number;
  readonly needsPerson: number;
  readonly behind: readonly DesaDocument[];
  readonly statuses: ReadonlyMap<string, number>;
  /** kode → name and number of desa, in the order of the codes */
  readonly kecamatan: ReadonlyMap<string, { readonly nama: string; readonly count: number }>;
  readonly apps: ReadonlyMap<string, number>;
  /** `app@version` → number of desa */
  readonly versions: ReadonlyMap<string, number>;
  /** The newest look at any app; null = nobody has looked. */
  readonly observedAt: string | null;
}

export const installedOf = (one: DesaDocument): readonly InstanceDocument[] =>
  one.instances.filter((instance) => instance.health !== 'not_installed');
export const isInstalled = (one: DesaDocument): boolean => one.status !== 'not_installed';
/** Served from outside when last seen; a change does not take that away while nothing wrong is seen. */
export const isAnswering = (one: DesaDocument): boolean =>
  one.status === 'healthy' ||
  one.status === 'degraded' ||
  (one.status === 'updating' &&
    installedOf(one).every((instance) => instance.observedAt !== null && instance.reason === null));
export const needsPerson = (one: DesaDocument): boolean => ['down', 'unk', 'act'].includes(DESA_LOOKS[one.status].tone);
export const isBehind = (one: DesaDocument): boolean => installedOf(one).some((instance) => instance.behind);
export const versionKey = (one: InstanceDocument): string | null =>
  one.release === null ? null : `${one.app}@${one.release}`;

const grow = <K>(counts: Map<K, number>, key: K): void => void counts.set(key, (counts.get(key) ?? 0) + 1);

const count = (desa: readonly DesaDocument[]): WholeList => {
  const statuses = new Map<string, number>();
  const kecamatan = new Map<string, { nama: string; count: number }>();
  const [apps, versions] = [new Map<string, number>(), new Map<string, number>()];
  let observedAt: string | null = null;
  for (const one of desa) {
    grow(statuses, one.status);
    const group = kecamatan.get(one.kecamatanKode);
    if (group === undefined) kecamatan.set(one.kecamatanKode, { nama: one.kecamatan, count: 1 });
    else group.count += 1;
    for (const instance of installedOf(one)) {
      grow(apps, instance.app);
      const version = versionKey(instance);
      if (version !== null) grow(versions, version);
      if (instance.observedAt !== null && (observedAt === null || instance.observedAt > observedAt))
        observedAt = instance.observedAt;
    }
  }
  const installed = desa.filter(isInstalled).length;
  const [people, behind] = [desa.filter(needsPerson).length, desa.filter(isBehind)];
  const answering = desa.filter(isAnswering).length;
  return { installed, answering, needsPerson: people, behind, statuses, kecamatan, apps, versions, observedAt };
};

/** Lists that several visitors got from one reading are counted once. */
const counted = new WeakMap<readonly DesaDocument[], WholeList>();
export const wholeOf = (desa: readonly DesaDocument[]): WholeList => {
  const known = counted.get(desa) ?? count(desa);
  counted.set(desa, known);
  return known;
};

/** Made once: a collator costs more than the sorting. */
const ALPHABET = new Intl.Collator('id');
// A desa that is not installed is no trouble: it stands behind those that answer.
const trouble = (one: DesaDocument): number =>
  one.status === 'not_installed' ? Number.MAX_SAFE_INTEGER : TROUBLE_ORDER[DESA_LOOKS[one.status].tone];
const ORDERS = {
  nama: (left: DesaDocument, right: DesaDocument) => ALPHABET.compare(left.nama, right.nama),
  kecamatan: (left: DesaDocument, right: DesaDocument) => ALPHABET.compare(left.kecamatan, right.kecamatan),
  // Downwards = worst first.
  keadaan: (left: DesaDocument, right: DesaDocument) => trouble(right) - trouble(left),
} as const;
const sorted = new WeakMap<readonly DesaDocument[], Map<string, readonly DesaDocument[]>>();

/** The whole list in one order; equal ones by their codes. A list is sorted once for all who got it. */
export const sortedOf = (
  desa: readonly DesaDocument[],
  sort: keyof typeof ORDERS,
  direction: 'naik' | 'turun',
): readonly DesaDocument[] => {
  const orders = sorted.get(desa) ?? new Map<string, readonly DesaDocument[]>();
  sorted.set(desa, orders);
  const sign = direction === 'naik' ? 1 : -1;
  const by = ORDERS[sort];
  const key = `${sort} ${direction}`;
  const known =
    orders.get(key) ?? [...desa].sort((left, right) => sign * by(left, right) || (left.kode < right.kode ? -1 : 1));
  orders.set(key, known);
  return known;
};
