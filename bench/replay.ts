/**
 * A full-speed rollout of 852 desa with three apps each, watched by twenty: `npx tsx bench/replay.ts [--desa 852] [--out FOLDER]`. The
 * events are generated as the engine writes them (32 slots, five to six seconds a change, a soak of a minute) and written by the
 * product's stores; relay, web process and board are the real ones. Measured: bytes a second per viewer, time from an event to the
 * screen, and a board that was cut off for 30 s against a fresh one. Exit 1 when a number is missed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import { loadApps } from '../provisioners/registry';
import { makeChance } from './fleet/chance';
import { drive } from './fleet/drive';
import { keepFresh } from './fleet/observe';
import { readOptions } from './fleet/options';
import { placedInstances } from './fleet/plan-rows';
import { machineBefore, spreadOf, writeResult, type Spread } from './fleet/results';
import { timelineOf } from './fleet/timeline';
import { Visitor } from './fleet/visitor';
import {
  layCountedWire,
  openBrowser,
  openEar,
  openScreen,
  pictureOf,
  type CountedWire,
  type Ear,
  type Screen,
  type Taken,
} from './fleet/watchers';
import { startFleet, usedCpuMs, type FleetWorld } from './fleet/world';

const EARS = 18;
const PACE = { slots: 32, soakSeconds: 60, oneFailsIn: 120 };
const TARGET = { kilobytesPerSecond: 3, latencyMs: 250, cutSeconds: 30 };
const SETTLED_MS = 22_000;

const isGapless = (seqs: readonly number[], first: number): boolean =>
  seqs.every((seq, index) => seq === first + 1 + index);

/** Time from the row's own time to the moment a viewer had it; rows of the time a viewer was cut off are left out. */
const latency = (rows: ReadonlyMap<number, number>, there: (seq: number) => number | undefined): Spread =>
  spreadOf(
    [...rows].flatMap(([seq, at]) => {
      const when = there(seq);
      return when === undefined ? [] : [when - at];
    }),
  );
const onScreen = (shown: readonly (readonly [number, number])[]): ((seq: number) => number | undefined) => {
  let index = 0;
  return (seq) => {
    while (index < shown.length && (shown[index]?.[0] ?? 0) < seq) index += 1;
    return shown[index]?.[1];
  };
};

const cutOff = async (wire: CountedWire): Promise<void> => {
  wire.hush();
  await sleep(10_000);
  wire.sever();
  await sleep((TARGET.cutSeconds - 10) * 1000);
  wire.mend();
};

const rowTimes = async ({ db }: FleetWorld, stream: string): Promise<ReadonlyMap<number, number>> => {
  const rows = await db('events')
    .where({ stream })
    .orderBy('seq')
    .select<{ readonly seq: number; readonly at: Date }[]>('seq', 'at');
  return new Map(rows.map((row) => [row.seq, row.at.getTime()] as const));
};
const firstDifference = (left: string, right: string): string | null => {
  const [a, b] = [left.split('\n'), right.split('\n')];
  const at = a.findIndex((line, index) => line !== b[index]);
  if (at === -1 && a.length === b.length) return null;
  return `${a[at]?.slice(0, 240) ?? '(end)'}  ≠  ${b[at]?.slice(0, 240) ?? '(end)'}`;
};

interface Watching {
  readonly screen: Screen;
  readonly cut: Screen;
  readonly ears: readonly Ear[];
  readonly wire: CountedWire;
  readonly cutWire: CountedWire;
}
const watch = async (world: FleetWorld, browsers: readonly [Browser, Browser], cookie: string): Promise<Watching> => {
  const { rolloutId } = world.seeded;
  const [wire, cutWire] = [
    await layCountedWire(world.config.dashboardPort),
    await layCountedWire(world.config.dashboardPort),
  ];
  const where = `/pembaruan/${rolloutId ?? ''}`;
  return {
    wire,
    cutWire,
    screen: await openScreen(browsers[0], `${wire.origin}${where}`, cookie),
    cut: await openScreen(browsers[1], `${cutWire.origin}${where}`, cookie),
    ears: Array.from({ length: EARS }, () => openEar(world.origin, cookie, `rollout:${rolloutId ?? ''}`, where)),
  };
};

/** What the run cost: bytes a second of each viewer, processor time of web and database, how late the writing was. */
interface Run {
  readonly seconds: number;
  readonly writerLateMs: number;
  readonly firstPageBytes: number;
  readonly kilobytesPerSecond: { readonly board: number; readonly sockets: Spread };
  /** Percent of one core. */
  readonly processorShare: { readonly web: number; readonly database: number };
}
const roll = async (world: FleetWorld, watching: Watching, desa: number): Promise<Run> => {
  const rolloutId = world.seeded.rolloutId ?? '';
  const { ids, instances } = await placedInstances(world.transact, rolloutId);
  const chance = makeChance(7);
  const timeline = timelineOf(instances.slice(0, desa * 3), await loadApps(), PACE, chance);
  const { wire, cutWire, ears } = watching;
  await sleep(3000);
  const [firstPageBytes, earBytes] = [wire.bytes(), ears.map((ear) => ear.bytes())];
  const pids = [world.webPid, world.mariadb.pid] as const;
  const cpu = pids.map(usedCpuMs);
  const began = Date.now();
  const length = timeline.at(-1)?.at ?? 0;
  console.error(`${timeline.length} acts in ${Math.round(length / 1000)} s`);
  const cutting = sleep(length * 0.4).then(() => cutOff(cutWire));
  const { lateMs } = await drive({ transact: world.transact, ids, rolloutId, chance }, timeline);
  const seconds = (Date.now() - began) / 1000;
  await cutting;
  const perSecond = (bytes: number): number => Math.round((bytes / 1000 / seconds) * 100) / 100;
  const [web = NaN, database = NaN] = pids.map(
    (pid, index) => Math.round((usedCpuMs(pid) - (cpu[index] ?? 0)) / seconds) / 10,
  );
  return {
    seconds: Math.round(seconds),
    writerLateMs: Math.round(lateMs),
    firstPageBytes,
    kilobytesPerSecond: {
      board: perSecond(wire.bytes() - firstPageBytes),
      sockets: spreadOf(ears.map((ear, index) => perSecond(ear.bytes() - (earBytes[index] ?? 0)))),
    },
    processorShare: { web, database },
  };
};

const sequencesOf = ({ screen, cut, ears }: Watching, last: number) => {
  const whole = ({ taken, first }: { readonly taken: Taken; readonly first: number }): boolean =>
    isGapless(taken.seqs, first) && taken.seqs.at(-1) === last;
  return {
    last,
    board: whole(screen),
    cutBoard: whole(cut),
    sockets: ears.filter(({ taken }) => whole({ taken, first: 0 })).length,
    joinsOfCutBoard: cut.joins,
  };
};

const main = async (): Promise<number> => {
  const options = readOptions();
  const before = machineBefore();
  const world = await startFleet({ state: '852', rollout: 'fresh' });
  const observer = keepFresh(world.transact, 'worker_here');
  // One each: a window behind another one is painted once a second.
  const browsers = [await openBrowser(), await openBrowser()] as const;
  const visitor = new Visitor(world.origin, 2);
  try {
    await visitor.signIn();
    const { cookie } = visitor.browser;
    const watching = await watch(world, browsers, cookie);
    const { screen, cut, ears, wire, cutWire } = watching;
    const run = await roll(world, watching, options.desa);
    await sleep(SETTLED_MS);
    const stream = `rollout:${world.seeded.rolloutId ?? ''}`;
    const rows = await rowTimes(world, stream);
    const live = new Map([...rows].filter(([seq]) => seq > screen.first));
    const [shown, spent] = [await screen.shown(), await screen.spent()];
    const pictures = [await pictureOf(screen.page), await pictureOf(cut.page)] as const;
    const fresh = await openScreen(browsers[0], `${world.origin}/pembaruan/${world.seeded.rolloutId ?? ''}`, cookie);
    await sleep(3000);
    const picture = await pictureOf(fresh.page);
    const result = {
      viewers: 2 + ears.length,
      events: live.size,
      eventsPerSecond: Math.round((live.size / run.seconds) * 10) / 10,
      ...run,
      boardSeconds: spent,
      eventToScreenMs: latency(live, onScreen(shown)),
      eventToBrowserMs: latency(live, (seq) => screen.taken.at.get(seq)),
      eventToSocketMs: spreadOf(
        ears.flatMap(({ taken }) => [...live].map(([seq, at]) => (taken.at.get(seq) ?? Infinity) - at)),
      ),
      sequence: sequencesOf(watching, Math.max(...rows.keys())),
      differs: { board: firstDifference(pictures[0], picture), cutBoard: firstDifference(pictures[1], picture) },
    };
    console.log(JSON.stringify(result, null, 2));
    writeResult('replay', before, { target: TARGET, pace: PACE, ...result }, options.out);
    ears.forEach((ear) => ear.close());
    await Promise.all([wire.close(), cutWire.close()]);
    const { sequence, differs, kilobytesPerSecond: kilobytes } = result;
    const kept =
      Math.max(kilobytes.board, kilobytes.sockets.max) <= TARGET.kilobytesPerSecond &&
      result.eventToScreenMs.p95 < TARGET.latencyMs &&
      sequence.board &&
      sequence.cutBoard &&
      sequence.sockets === ears.length &&
      differs.board === null &&
      differs.cutBoard === null;
    return kept ? 0 : 1;
  } finally {
    visitor.close();
    await Promise.all(browsers.map((browser) => browser.close()));
    await observer.stop();
    await world.stop();
  }
};
void main().then((code) => process.exit(code));
