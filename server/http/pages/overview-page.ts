import { isWhole } from '../../domain/chore';
import { STALE_AFTER_SECONDS } from '../../domain/instance';
import { compareVersions, type Release } from '../../domain/release';
import type { Server } from '../../domain/server';
import type { MachineFacts } from '../../services/read-models/machine-facts';
import type { FleetMeasures } from '../../services/read-models/measures';
import type { RolloutFacts } from '../../services/read-models/board-model';
import type { DesaDocument, InstanceDocument } from '../../services/read-models/desa-model';
import type { Dump } from '../../stores/dump-store';
import { DESA_LOOKS, TROUBLE_ORDER } from '../state-looks';
import type { OverviewModel } from '../view-models/overview';
import { isAnswering, isInstalled } from './desa-list-counts';
import { lastSeen } from './desa-list-page';
import { todosOf } from './overview-todo';
import { probesOf, rolloutRow } from './rollout-facts';
import type { TokenFacts } from './token-facts';
import { labelOf, type Words } from './words';

export interface OverviewFacts {
  readonly desa: readonly DesaDocument[];
  readonly releases: readonly Release[];
  readonly tokens: ReadonlyMap<string, TokenFacts>;
  readonly dumps: readonly Dump[];
  readonly server: Server | null;
  /** The machine the dashboard itself runs on. */
  readonly machine?: MachineFacts;
  readonly fleet: FleetMeasures;
  readonly rollout: RolloutFacts | null;
  readonly region: 'chosen' | 'open';
  readonly seq: number;
  readonly now: Date;
}
const running = (one: DesaDocument): readonly InstanceDocument[] =>
  one.instances.filter((instance) => instance.health !== 'not_installed');

interface AppTally {
  readonly total: number;
  /** The version most have comes first. */
  readonly counts: readonly { readonly version: string; readonly count: number }[];
}
/** What the page says of all desa, whoever looks. */
interface Fleet {
  readonly newest: string | null;
  readonly kecamatan: OverviewModel['kecamatan'];
  readonly versions: ReadonlyMap<string, AppTally>;
}
const drawn = new WeakMap<readonly DesaDocument[], Fleet>();
/** A list that several visitors got from one reading is counted once. */
const fleetOf = (desa: readonly DesaDocument[]): Fleet => {
  const known = drawn.get(desa) ?? {
    newest:
      desa
        .flatMap((one) => lastSeen(one) ?? [])
        .sort()
        .at(-1) ?? null,
    kecamatan: kecamatanOf(desa),
    versions: tallyOf(desa),
  };
  drawn.set(desa, known);
  return known;
};

const observedAtOf = (facts: OverviewFacts): string | null => {
  const { newest } = fleetOf(facts.desa);
  if (newest === null) return null;
  return facts.now.getTime() - Date.parse(newest) > STALE_AFTER_SECONDS * 1000 ? null : newest;
};

const TODO_ROWS = 8;
const BAR_ORDER = ['healthy', 'degraded', 'updating', 'installing', 'unknown', 'down', 'stopped'] as const;
const kecamatanOf = (desa: readonly DesaDocument[]): OverviewModel['kecamatan'] => {
  const groups = new Map<string, DesaDocument[]>();
  for (const one of desa) {
    const group = groups.get(one.kecamatanKode);
    if (group === undefined) groups.set(one.kecamatanKode, [one]);
    else group.push(one);
  }
  return [...groups].map(([kode, own]) => {
    const installed = own.filter(isInstalled);
    const looks = installed.map((one) => DESA_LOOKS[one.status]);
    const [worst] = [...looks].sort((left, right) => TROUBLE_ORDER[left.tone] - TROUBLE_ORDER[right.tone]);
    const calm = worst === undefined || worst.tone === 'ok' || worst.tone === 'wait';
    return {
      kode,
      nama: own[0]?.kecamatan ?? kode,
      total: own.length,
      answering: own.filter(isAnswering).length,
      tone: worst?.tone ?? 'wait',
      icon: calm ? null : worst.icon,
      parts: BAR_ORDER.map((s) => ({ s, n: own.filter((one) => one.status === s).length })).filter(
        (part) => part.n > 0,
      ),
    };
  });
};

const tallyOf = (desa: readonly DesaDocument[]): ReadonlyMap<string, AppTally> => {
  const apps = new Map<string, Map<string, number>>();
  for (const { app, release } of desa.flatMap(running)) {
    if (release === null) continue;
    const versions = apps.get(app) ?? new Map<string, number>();
    apps.set(app, versions.set(release, (versions.get(release) ?? 0) + 1));
  }
  return new Map(
    [...apps].map(([app, versions]) => {
      const counts = [...versions]
        .map(([version, count]) => ({ version, count }))
        .sort((left, right) => right.count - left.count || compareVersions(right.version, left.version));
      return [app, { total: counts.reduce((sum, one) => sum + one.count, 0), counts }] as const;
    }),
  );
};

const versionsOf = (facts: OverviewFacts, words: Words): Pick<OverviewModel, 'versions' | 'versionsNote'> => {
  const { t, f } = words;
  const { versions } = fleetOf(facts.desa);
  const tallies = words.apps.map(({ name, label }) => ({ label, ...(versions.get(name) ?? { total: 0, counts: [] }) }));
  const rest = tallies.flatMap(({ label, counts }) =>
    counts.slice(1).map(({ version, count }) => `${label} ${version}: ${t.common.desaCount(f.n(count))}`),
  );
  return {
    versions: tallies.flatMap(({ label, total, counts }) => {
      const [most] = counts;
      return most === undefined ? [] : [{ label, version: most.version, count: most.count, total }];
    }),
    versionsNote: rest.join(', '),
  };
};

const tokensOf = (facts: OverviewFacts): OverviewModel['tokens'] => {
  const states = [...facts.tokens.values()].map((one) => one.state);
  const count = (...wanted: readonly string[]): number => states.filter((one) => wanted.includes(one)).length;
  return {
    matching: count('matching', 'expiring'),
    expiring: count('expiring'),
    unread: count('unread'),
    total: states.length,
  };
};

/** Newest ready release per app that not every desa with the app runs. */
const readyOf = (facts: OverviewFacts, words: Words): OverviewModel['readyReleases'] =>
  words.apps.flatMap((app) => {
    const [newest] = facts.releases
      .filter((one) => one.app === app.name && one.state === 'ready')
      .sort((left, right) => compareVersions(right.version, left.version));
    if (newest === undefined) return [];
    const { total, counts } = fleetOf(facts.desa).versions.get(app.name) ?? { total: 0, counts: [] };
    const waiting = counts.some((one) => compareVersions(one.version, newest.version) < 0);
    if (total > 0 && !waiting) return [];
    const note = `${words.t.states.release.ready}, ${words.f.day(newest.readyAt?.toISOString() ?? null)}`;
    // With somebody to update, the plan for all of them is one press away.
    const href =
      total > 0
        ? `/pembaruan/rencana?action=update&cakupan=semua&release=${newest.app}@${newest.id}`
        : `/pembaruan/baru?action=update&release=${newest.id}`;
    return [{ href, label: labelOf(words, newest.app), version: newest.version, note }];
  });

/** The machine under the dashboard is measured at every look; others say what they said when they were checked. */
const machineOf = (
  machine: MachineFacts,
  name: string,
  { connections }: FleetMeasures,
  words: Words,
): OverviewModel['server'] => {
  const { t, f } = words;
  const share = ({ used, total }: { readonly used: number; readonly total: number }): number =>
    total === 0 ? 0 : used / total;
  const meter = (label: string, amount: { readonly used: number; readonly total: number }) => ({
    label,
    share: share(amount),
    value: t.common.of(f.bytes(amount.used), f.bytes(amount.total)),
  });
  return {
    name,
    cpus: machine.cpus,
    memoryBytes: machine.memory.total,
    meters: [
      {
        label: t.web.overview.cpu,
        share: Math.min(1, machine.load),
        value: t.web.overview.load(f.n(machine.load * machine.cpus, 1), f.n(machine.cpus)),
      },
      meter(t.web.overview.memory, machine.memory),
      ...(machine.disk === null ? [] : [meter(t.web.overview.disk, machine.disk)]),
      ...(connections === null
        ? []
        : [
            {
              label: t.web.overview.database,
              share: share({ used: connections.used, total: connections.max }),
              value: t.web.overview.connections(f.n(connections.used), f.n(connections.max)),
            },
          ]),
    ],
  };
};
const serverOf = (server: Server | null): OverviewModel['server'] => {
  const [cores, memory] = [server?.facts?.facts['cores'], server?.facts?.facts['memoryBytes']];
  if (server === null || typeof cores !== 'number' || typeof memory !== 'number') return null;
  return { name: server.name, cpus: cores, memoryBytes: memory, meters: [] };
};
const dumpsOf = (facts: OverviewFacts): OverviewModel['dumps'] => {
  const [newest] = facts.dumps
    .filter(isWhole)
    .sort((left, right) => right.createdAt.getTime() - left.createdAt.getTime());
  return {
    lastAt: newest?.createdAt.toISOString() ?? null,
    bytes: newest?.bytes ?? null,
    count: facts.dumps.length,
  };
};

/** The first page. The big number counts desa seen lately; without a recent look it is unknown. */
export const overviewPage = (facts: OverviewFacts, words: Words): OverviewModel => {
  const installed = facts.desa.filter(isInstalled);
  const observedAt = observedAtOf(facts);
  const todo = todosOf(facts, words, TODO_ROWS);
  return {
    answering: observedAt === null ? null : installed.filter(isAnswering).length,
    installed: installed.length,
    total: facts.desa.length,
    notAnswering: installed.filter((one) => one.status === 'down').length,
    unmeasured: installed.filter((one) => one.status === 'unknown').length,
    changing: installed.filter((one) => one.status === 'updating' || one.status === 'installing').length,
    observedAt,
    beats: facts.fleet.strip,
    failedShare: facts.fleet.looks === null ? null : facts.fleet.looks.failed / facts.fleet.looks.sent,
    todo: todo.rows,
    todoTotal: todo.total,
    rollout: facts.rollout === null ? null : rolloutRow(facts.rollout, words),
    rolloutProbes: facts.rollout === null ? null : measured(probesOf(facts.rollout)),
    readyReleases: readyOf(facts, words),
    kecamatan: fleetOf(facts.desa).kecamatan,
    ...versionsOf(facts, words),
    tokens: tokensOf(facts),
    dumps: dumpsOf(facts),
    server:
      facts.machine === undefined
        ? serverOf(facts.server)
        : machineOf(facts.machine, facts.server?.name ?? 'lokal', facts.fleet, words),
    begin:
      installed.length > 0
        ? null
        : {
            region: facts.region === 'chosen',
            release: facts.releases.some((one) => one.state === 'ready'),
            desa: false,
          },
    live: { stream: 'fleet', seq: facts.seq },
  };
};
/** Nothing asked is nothing proven. */
const measured = (probes: { readonly sent: number; readonly failed: number }): OverviewModel['rolloutProbes'] =>
  probes.sent === 0 ? null : { sent: probes.sent, failed: probes.failed };
