import type { Deployment, DeploymentState } from '../../domain/deployment';
import { isActive } from '../../domain/deployment';
import type { Desa } from '../../domain/desa';
import { compareVersions, type Release } from '../../domain/release';
import type { MemberState } from '../../domain/rollout';
import type { DesaDocument, InstanceDocument } from '../../services/read-models/desa-model';
import type { DesaMeasures } from '../../services/read-models/measures';
import { DESA_LOOKS, MEMBER_LOOKS, TOKEN_LOOKS, type Look } from '../state-looks';
import type { FormState, LogLineView } from '../view-models/common';
import type { AppCard, DesaModel, DesaTab, Fact, HistoryRow } from '../view-models/desa';
import { appState, jenisOf, lastSeen } from './desa-list-page';
import type { TokenFacts } from './token-facts';
import { iconOf, iso, labelOf, secondsBetween, shortReason, type Words } from './words';

export interface DesaFacts {
  readonly document: DesaDocument;
  /** null = not chosen for installation yet. */
  readonly desa: Desa | null;
  readonly host: string;
  /** Origin with a slash at the end. */
  readonly url: string;
  readonly releases: readonly Release[];
  /** app → its changes, newest first */
  readonly changes: ReadonlyMap<string, readonly Deployment[]>;
  readonly token: TokenFacts;
  readonly measures: DesaMeasures;
  readonly log: readonly LogLineView[];
  readonly seq: number;
}
export interface DesaWish {
  readonly tab: DesaTab;
  readonly app: string;
  readonly level: DesaModel['log']['level'];
  readonly form: FormState;
  readonly canAct: boolean;
  readonly canFollow: boolean;
}

/** These prove the site from outside before they succeed. */
const PROVING: readonly string[] = ['install', 'update', 'restart', 'start', 'domain', 'rollback'];
const proofs = (changes: readonly Deployment[]): readonly Deployment[] =>
  changes.filter((one) => one.state === 'succeeded' && one.endedAt !== null && PROVING.includes(one.kind));
const newestOf = (times: readonly (string | null)[]): string | null =>
  times
    .flatMap((one) => one ?? [])
    .sort()
    .at(-1) ?? null;

const lastGoodOf = (facts: DesaFacts): string | null =>
  newestOf([
    ...facts.document.instances.map((one) => (one.health === 'healthy' ? one.observedAt : null)),
    ...[...facts.changes.values()].flatMap((own) => proofs(own).map((one) => iso(one.endedAt))),
  ]);

const availableFor = (one: InstanceDocument, releases: readonly Release[]): string | null => {
  const own = releases.find((release) => release.app === one.app && release.version === one.release);
  if (own === undefined) return null;
  const [newest] = releases
    .filter((release) => release.app === one.app && release.state === 'ready' && release.channel === own.channel)
    .sort((left, right) => compareVersions(right.version, left.version));
  return newest !== undefined && compareVersions(newest.version, own.version) > 0 ? newest.version : null;
};

const isTrouble = (one: InstanceDocument): boolean => ['down', 'unk', 'act'].includes(DESA_LOOKS[one.health].tone);
const reasonOf = (one: InstanceDocument | undefined): AppCard['reason'] =>
  one === undefined || one.reason === null || !isTrouble(one) ? null : { code: one.reason, params: {} };

const cardOf = (one: InstanceDocument, facts: DesaFacts, words: Words): AppCard => {
  const app = words.apps.find((known) => known.name === one.app);
  const release = facts.releases.find((known) => known.app === one.app && known.version === one.release);
  const since = proofs(facts.changes.get(one.app) ?? []).find((change) => change.toReleaseId === release?.id);
  const measured = facts.measures.apps.get(one.app);
  const sample = measured?.sample ?? null;
  const leader = app?.pairing === 'not_newer' ? app.needs[0] : undefined;
  return {
    ...appState(one, labelOf(words, one.app)),
    icon: iconOf(words, one.app),
    url: one.url ?? facts.url,
    channel: release?.channel ?? null,
    since: iso(since?.endedAt ?? null),
    available: availableFor(one, facts.releases),
    follows: leader === undefined ? null : labelOf(words, leader),
    reason: reasonOf(one),
    observedAt: one.observedAt,
    beats: measured?.strip ?? [],
    memory: sample === null ? null : { used: sample.memoryBytes, limit: sample.memoryLimitBytes },
    cpuPercent: measured?.cpuPercent ?? null,
    probes: measured?.looks ?? null,
    container: one.container,
    containerSince: iso(sample?.startedAt ?? null),
    restarts: sample?.restarts ?? 0,
    diskBytes: measured?.diskBytes ?? null,
    schemaBytes: measured?.schemaBytes ?? null,
  };
};

const SOON_DAYS = 14;
const certificateOf = ({ measures }: DesaFacts, { t, f }: Words): Fact => {
  const { certificate } = measures;
  const w = t.desa.certificate;
  if (certificate === null) return { key: 'certificate', tone: 'wait', value: '—', note: w.unseen };
  const until = certificate.notAfter.toISOString();
  const days = f.daysUntil(until);
  return {
    key: 'certificate',
    tone: days < 0 ? 'down' : days < SOON_DAYS ? 'act' : 'ok',
    value: days < 0 ? t.desa.ended : t.desa.daysMore(f.n(days)),
    note: w.until(f.date(until), certificate.issuer === 'internal' ? w.internal : certificate.issuedBy),
  };
};

/** What a site that does not answer showed before is no longer observed: it stands in the note. */
const versionFact = (main: InstanceDocument, { t }: Words): Fact => {
  const { tone } = DESA_LOOKS[main.health];
  const { release, wanted } = appState(main, '');
  const notes = t.desa.factNotes;
  if (release === null) return { key: 'version', tone, value: '—', note: '' };
  if (tone === 'down' || tone === 'unk') return { key: 'version', tone, value: '—', note: notes.lastVersion(release) };
  const same = wanted === null || release === wanted;
  return {
    key: 'version',
    tone: same ? 'ok' : 'act',
    value: release,
    note: same ? notes.version : t.desa.wantedOther(wanted),
  };
};

const factsOf = (facts: DesaFacts, words: Words): readonly Fact[] => {
  const { t, f } = words;
  const main = facts.document.instances.find((one) => one.health !== 'not_installed');
  if (main === undefined) return [];
  const { tone } = DESA_LOOKS[main.health];
  const days = facts.token.endsOn === null ? null : f.daysUntil(facts.token.endsOn);
  return [
    {
      key: 'kode',
      tone,
      value: main.health === 'healthy' ? facts.document.kode : '—',
      note: main.health === 'healthy' ? t.desa.factNotes.kode : t.states.desa[main.health],
    },
    versionFact(main, words),
    certificateOf(facts, words),
    {
      key: 'token',
      tone: TOKEN_LOOKS[facts.token.state].tone,
      value: days === null ? '—' : days < 0 ? t.desa.ended : t.desa.daysMore(f.n(days)),
      note: t.states.token[facts.token.state],
    },
  ];
};

const AS_MEMBER: Readonly<Record<DeploymentState, MemberState>> = {
  queued: 'pending',
  running: 'running',
  waiting: 'running',
  soaking: 'soaking',
  undoing: 'rolling_back',
  succeeded: 'done',
  failed: 'failed',
  cancelled: 'cancelled',
};
const rowOf = (change: Deployment, app: string, facts: DesaFacts, words: Words): HistoryRow => {
  const { t, f } = words;
  const state = AS_MEMBER[change.state];
  const look: Look = MEMBER_LOOKS[state];
  const version = (id: string | null): string | null =>
    id === null ? null : (facts.releases.find((one) => one.id === id)?.version ?? null);
  const [from, to] = [version(change.fromReleaseId), version(change.toReleaseId)];
  const moved = to === null ? '' : from === null || from === to ? ` ${to}` : ` ${from} → ${to}`;
  const took = secondsBetween(change.startedAt, change.endedAt);
  const { sent, failed } = change.probes;
  const notes = [
    t.states.member[state],
    ...(change.reason === null ? [] : [shortReason(words, change.reason)]),
    ...(took === null ? [] : [f.duration(Math.round(took))]),
    ...(sent === 0 ? [] : [`${t.overview.citizensFailed(f.n(failed))} ${t.overview.ofProbes(f.n(sent))}`]),
  ];
  return {
    icon: look.icon,
    tone: look.tone,
    title: `${t.states.kind[kindOf(change)]} ${labelOf(words, app)}${moved}`,
    note: notes.join(', '),
    at: iso(change.endedAt) ?? iso(change.startedAt) ?? f.now,
    href: `/pembaruan/${change.rolloutId}?desa=${facts.document.kode}`,
  };
};
type DesaKind = keyof Words['t']['states']['kind'];
const KINDS: readonly string[] = ['install', 'update', 'restart', 'stop', 'start', 'domain', 'remove', 'rollback'];
const kindOf = (change: Deployment): DesaKind => (KINDS.includes(change.kind) ? (change.kind as DesaKind) : 'update');

const historyOf = (facts: DesaFacts, words: Words): readonly HistoryRow[] =>
  [...facts.changes]
    .flatMap(([app, own]) => own.map((change) => rowOf(change, app, facts, words)))
    .sort((left, right) => right.at.localeCompare(left.at));

const activeOf = (facts: DesaFacts, words: Words): DesaModel['activeRollout'] => {
  const change = [...facts.changes.values()].flat().find((one) => isActive(one.state));
  if (change === undefined) return null;
  return { id: change.rolloutId, title: words.t.states.kind[kindOf(change)] };
};

const passwordOf = (desa: Desa | null): DesaModel['firstPassword'] => {
  if (desa === null || desa.firstPassword === null) return 'none';
  return desa.firstPasswordShownAt === null ? 'waiting' : 'shown';
};

const logOf = (facts: DesaFacts, words: Words, wish: DesaWish): DesaModel['log'] => {
  const running = facts.document.instances.filter((one) => one.health !== 'not_installed');
  const app = running.some((one) => one.app === wish.app) ? wish.app : (running[0]?.app ?? 'opensid');
  const live = wish.canFollow && running.length > 0;
  return {
    app,
    apps: running.map((one) => ({ app: one.app, label: labelOf(words, one.app) })),
    level: wish.level,
    lines: facts.log,
    live: live ? { stream: `log:${facts.document.kode}:${app}`, seq: 0 } : null,
  };
};

/** Everything of one desa, for all its tabs. What is not measured is null or empty. */
export const desaPage = (facts: DesaFacts, words: Words, wish: DesaWish): DesaModel => {
  const { document, desa, token } = facts;
  const worst = document.instances.find((one) => one.health !== 'not_installed' && isTrouble(one));
  const finer = document.status === 'down' && worst !== undefined ? worst.health : document.status;
  return {
    kode: document.kode,
    nama: document.nama,
    kecamatan: document.kecamatan,
    jenis: jenisOf(document.jenis),
    tab: wish.tab,
    host: facts.host,
    oldHosts: desa?.oldHosts ?? [],
    url: facts.url,
    status: finer,
    reason: reasonOf(worst),
    since: worst?.observedSince ?? null,
    lastGoodAt: lastGoodOf(facts),
    observedAt: lastSeen(document),
    facts: factsOf(facts, words),
    apps: document.instances.map((one) => cardOf(one, facts, words)),
    log: logOf(facts, words, wish),
    history: historyOf(facts, words),
    token,
    firstPassword: passwordOf(desa),
    firstAccount: desa?.firstPassword == null ? null : { username: 'admin', loginUrl: loginUrl(facts.url) },
    activeRollout: activeOf(facts, words),
    form: wish.form,
    canAct: wish.canAct,
    live: { stream: 'fleet', seq: facts.seq },
  };
};
/** Where the people of a desa sign in to OpenSID. */
export const loginUrl = (url: string): string => `${url}siteman`;
