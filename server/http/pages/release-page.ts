import { compareVersions, type Release } from '../../domain/release';
import type { DesaDocument } from '../../services/read-models/desa-model';
import type { ImportProgress } from '../../services/read-models/import-progress';
import type { FormState } from '../view-models/common';
import type { ReleaseListModel, ReleaseModel, ReleaseView } from '../view-models/releases';
import { iso, labelOf, type Words } from './words';

export interface ReleaseFacts {
  readonly releases: readonly Release[];
  /** release id → desa that run it */
  readonly usage: ReadonlyMap<string, number>;
  /** release id → how far its import is, or where it stopped */
  readonly progress: ReadonlyMap<string, ImportProgress>;
}
const MOVING: readonly Release['state'][] = ['fetching', 'verifying', 'storing', 'building'];
const isMoving = (one: Pick<Release, 'state'>): boolean => MOVING.includes(one.state);

/** Newest ready release of each app and channel. */
const newestIds = (releases: readonly Release[]): ReadonlySet<string> => {
  const newest = new Map<string, Release>();
  for (const one of releases.filter((release) => release.state === 'ready')) {
    const key = `${one.app}/${one.channel}`;
    const known = newest.get(key);
    if (known === undefined || compareVersions(one.version, known.version) > 0) newest.set(key, one);
  }
  return new Set([...newest.values()].map((one) => one.id));
};

const viewOf = (one: Release, facts: ReleaseFacts, words: Words): ReleaseView => {
  const read = one.checksum !== null;
  const progress = facts.progress.get(one.id);
  return {
    id: one.id,
    app: one.app,
    label: labelOf(words, one.app),
    version: one.version === '' ? null : one.version,
    channel: read ? one.channel : null,
    phpLine: one.phpLine,
    schemaVersion: one.schemaVersion,
    bytes: one.bytes,
    files: one.files,
    state: one.state,
    stoppedAt: progress?.stoppedAt ?? null,
    done: one.stageDone,
    total: one.stageTotal,
    perSecond: progress?.perSecond ?? null,
    reason: one.reason,
    source: one.source,
    tag: one.tag,
    requestedBy: one.requestedBy,
    readyAt: iso(one.readyAt),
    createdAt: one.createdAt.toISOString(),
    usedBy: facts.usage.get(one.id) ?? 0,
    verdict: 'untested',
    newest: newestIds(facts.releases).has(one.id),
    live: isMoving(one) ? { stream: `release:${one.id}`, seq: progress?.seq ?? 0 } : null,
  };
};

export interface ReleaseListWish {
  readonly form: FormState;
  readonly open: boolean;
  readonly canAct: boolean;
}
/** Releases by app, newest version first; what is being imported and what was refused stand apart. */
export const releaseListPage = (facts: ReleaseFacts, words: Words, wish: ReleaseListWish): ReleaseListModel => {
  const { releases } = facts;
  const draw = (some: readonly Release[]): readonly ReleaseView[] => some.map((one) => viewOf(one, facts, words));
  const kept = releases.filter((one) => one.state === 'ready' || one.state === 'removing');
  return {
    importing: draw(releases.filter(isMoving)),
    apps: words.apps.map((app) => ({
      app: app.name,
      label: app.label,
      releases: draw(
        kept.filter((one) => one.app === app.name).sort((left, right) => compareVersions(right.version, left.version)),
      ),
    })),
    refused: draw(releases.filter((one) => one.state === 'refused')),
    choices: words.apps.map((app) => ({ app: app.name, label: app.label })),
    bytes: kept.reduce((sum, one) => sum + (one.bytes ?? 0), 0),
    form: wish.form,
    open: wish.open,
    canAct: wish.canAct,
  };
};

const NAMES_SHOWN = 14;
/** One release with the desa that run it. */
export const releasePage = (
  one: Release,
  facts: ReleaseFacts,
  desa: readonly DesaDocument[],
  words: Words,
  canAct: boolean,
): ReleaseModel => {
  const users = desa.filter((each) =>
    each.instances.some((instance) => instance.app === one.app && instance.release === one.version),
  );
  return {
    ...viewOf(one, facts, words),
    checksum: one.checksum,
    notes: one.notes,
    lint: one.lint,
    users: users.slice(0, NAMES_SHOWN).map(({ kode, nama, kecamatan }) => ({ kode, nama, kecamatan })),
    canAct,
  };
};
