import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LABEL, ProvisionError } from '../../provisioners/contracts';
import { createReleaseSources, importRelease } from '../../provisioners/releases';
import { Observer } from '../../server/rollouts/observer';
import { isDatabaseAway } from '../../server/rollouts/step-error';
import type { World } from '../../server/steps/world';
import { logger } from '../helpers/engine-bench';
import { openBench, type RolloutBench } from '../helpers/rollout-bench';
import { KODES } from '../helpers/world-picture';
import type { Habit } from './habit';
import { Refused, type AppName, type Ground, type Serving, type Spot } from './kind';
import { layTree } from './lay-tree';
import { faultyApps, type Troubles } from './scripted-apps';
import { scriptedStranger } from './scripted-stranger';

const OLD = '2409.0.0';
const NEW = '2410.0.0';
const SOAK_SECONDS = 3;
/** An update of one app writes at least so often: the death comes before its end. */
const TRANSACTIONS = 14;
export const FRONT: Readonly<Record<AppName, string>> = { opensid: '/', api: '/api/', pbb: '/pbb/login' };

/** What is installed before a fault: the API must not be newer than the OpenSID of its desa. */
const layoutFor = (app: AppName): Readonly<Record<AppName, string>> => ({
  opensid: app === 'opensid' ? OLD : NEW,
  api: OLD,
  pbb: OLD,
});

type Bench = RolloutBench<Habit>;
const NOTHING = { status: 0, body: '' };
const servingOf = async (bench: Bench): Promise<readonly Serving[]> => {
  const { read } = bench.bench.transact;
  const releases = new Map((await read.releases.list()).map((one) => [one.id, one.version] as const));
  const world = bench.world();
  const look = async (one: Awaited<ReturnType<typeof read.instances.all>>[number]): Promise<Serving> => {
    const app = one.app as AppName;
    const version = releases.get(one.releaseId ?? '') ?? null;
    const host = one.hosts[0] ?? '';
    const { status, body } = await world.probe.get({ host, path: FRONT[app] }).catch(() => NOTHING);
    const isOwn = bench.engine().containers.get(one.container ?? '')?.labels[LABEL.kode] === digits(one.wilayahKode);
    const up = status === 200 && version !== null && body.includes(version) && isOwn;
    return { kode: one.wilayahKode, app, version, container: one.container, up };
  };
  return Promise.all((await read.instances.all()).map(look));
};
const digits = (kode: string): string => kode.replaceAll('.', '');

const importOnly = async (bench: Bench, app: AppName, habit: Habit): Promise<string> => {
  const folder = mkdtempSync(path.join(tmpdir(), 'sp-faults-'));
  const adapter = bench.world().apps.get(app);
  if (adapter === undefined) throw new Error(`no ${app}`);
  try {
    const location = await layTree(folder, { app, version: OLD, habit, schema: '2024095001' });
    const places = { storeDir: path.join(folder, 'simpanan'), workDir: path.join(folder, 'kerja') };
    const signal = new AbortController().signal;
    const sources = createReleaseSources();
    await importRelease({ app: adapter, sources, location, ...places, onProgress: () => undefined, signal });
    return OLD;
  } catch (error) {
    if (!(error instanceof ProvisionError)) throw error;
    throw new Refused(String(error.details['reason'] ?? error.code), error.details);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const STANDS_MS = 400;
/** Resolves when the rollout stands still for a person: what waits in it goes on measuring for ever. */
const untilItStands = async ({ bench }: Bench, id: string, isOver: () => boolean): Promise<void> => {
  const stands = async (): Promise<boolean> => {
    const state = (await bench.transact.read.rollouts.find(id).catch(() => null))?.state;
    return state === 'paused' || state === 'halted';
  };
  while (!isOver() && !(await stands())) await sleep(STANDS_MS);
};
/** As the dispatcher: what the database did not take is tried again. */
const workOn = async (bench: Bench, id: string): Promise<void> => {
  for (let tries = 0; ; tries += 1)
    try {
      await bench.rest(id);
      return;
    } catch (error) {
      if (!isDatabaseAway(error) || tries > 5) throw error;
    }
};
const restOf = async (bench: Bench, id: string): Promise<void> => {
  let isOver = false;
  const working = workOn(bench, id).finally(() => {
    isOver = true;
  });
  working.catch(() => undefined);
  await Promise.race([working, untilItStands(bench, id, () => isOver)]);
};

/** Engine, proxy and tenant database in memory; two desa with three apps, made anew when the one before changed them. */
const openScriptedGround = async (): Promise<Ground> => {
  const troubles: Troubles = new Map();
  const bench = await openBench(faultyApps(troubles), { policy: { soakSeconds: SOAK_SECONDS } });
  const { transact } = bench.bench;
  let layout = '';
  let watched: World | null = null;
  const dirty = (): void => {
    layout = '';
  };
  const renew = async (app: AppName): Promise<void> => {
    troubles.clear();
    await bench.reset();
    const { rollout } = await bench.run({ kind: 'install', releases: layoutFor(app) });
    if (rollout.state !== 'completed') throw new Error(`the install was ${rollout.state}`);
    // As a worker that is up for a while: what the proxy should show it has told it long ago.
    watched = bench.world();
    await watched.routes.sync();
  };
  return {
    target: 'scripted',
    kodes: KODES,
    read: transact.read,
    get session() {
      return bench.session();
    },
    stranger: scriptedStranger(bench, troubles, dirty),
    async prepare({ app }: Spot) {
      const wanted = JSON.stringify(layoutFor(app));
      if (wanted !== layout) await renew(app);
      layout = wanted;
    },
    async lay(app, habit) {
      if (habit.imported === true) return importOnly(bench, app, habit);
      dirty();
      bench.break(`${app}:${NEW}`, habit);
      return NEW;
    },
    start: (request) => bench.start(request),
    rest: (id) => restOf(bench, id),
    async runWithDeath(request, random) {
      const at = 1 + Math.floor(random() * TRANSACTIONS);
      const { rollout } = await bench.run(request, { at, moment: random() < 0.5 ? 'before' : 'after' });
      return rollout.id;
    },
    async look(kode) {
      await transact.read.instances.forgetDeep(kode);
      await new Observer(watched ?? bench.world(), logger, new AbortController().signal).round();
    },
    serving: () => servingOf(bench),
    close: () => bench.close(),
  };
};

/** Several beside each other, opened one after the other: servers that are made at once meet in the folder for temporary files. */
export const openScriptedGrounds = async (count: number): Promise<readonly Ground[]> => {
  const grounds: Ground[] = [];
  while (grounds.length < count) grounds.push(await openScriptedGround());
  return grounds;
};
