import { setTimeout as sleep } from 'node:timers/promises';
import { Observer } from '../../server/rollouts/observer';
import { partsStatus } from '../../server/supervisor';
import { visit } from '../helpers/e2e-site';
import type { Habit } from './habit';
import type { AppName, Ground, Request, Serving } from './kind';
import {
  FRONTS,
  logger,
  openRealInstallation,
  patiently,
  REAL_KODES,
  type RealInstallation,
} from './real-installation';
import { realStranger } from './real-stranger';

/** The product's own 60 s would make an hour of it; everything here happens within these. */
const SOAK_SECONDS = 6;
/** What runs at first; releases that come later are newer, the API's never newer than OpenSID's. */
const FIRST: Readonly<Record<AppName, string>> = { opensid: '2409.900.0', api: '2409.0.0', pbb: '2409.0.0' };
const LINE: Readonly<Record<AppName, string>> = { opensid: '2410', api: '2409', pbb: '2409' };

const servingOf = async ({ control, installation }: RealInstallation): Promise<readonly Serving[]> => {
  const { read } = control.transact;
  const releases = new Map((await patiently(() => read.releases.list())).map((one) => [one.id, one.version] as const));
  const look = async (one: Awaited<ReturnType<typeof read.instances.all>>[number]): Promise<Serving> => {
    const app = one.app as AppName;
    const version = releases.get(one.releaseId ?? '') ?? null;
    const { status, body } = await visit(installation, one.hosts[0] ?? '', FRONTS[app]);
    const up = status === 200 && version !== null && body.includes(version);
    return { kode: one.wilayahKode, app, version, container: one.container, up };
  };
  return Promise.all((await patiently(() => read.instances.all())).map(look));
};

const install = async (real: RealInstallation): Promise<void> => {
  for (const app of ['opensid', 'api', 'pbb'] as const)
    await real.bring({ app, version: FIRST[app], habit: {}, schema: '' });
  const id = await real.start({ kind: 'install', kodes: REAL_KODES, apps: [], releases: FIRST });
  await real.rest(id);
  const members = await real.control.transact.read.rollouts.members(id);
  const bad = members.filter((one) => one.state !== 'done');
  if (bad.length > 0) throw new Error(JSON.stringify(bad.map(({ kode, app, reason }) => [kode, app, reason])));
};

const STEPS = ['ensure_image', 'put_files', 'start_release', 'await_healthy', 'verify_public', 'soak'] as const;
const killWorker = async ({ installation }: RealInstallation): Promise<void> => {
  const worker = async (): Promise<number | null> =>
    (await partsStatus(installation.config)).find((one) => one.name === 'worker')?.pid ?? null;
  const pid = await worker();
  if (pid === null) throw new Error('no worker to kill');
  process.kill(pid, 'SIGKILL');
  for (let now = await worker(); now === null || now === pid; now = await worker()) await sleep(100);
};
/** SIGKILL at the beginning of one of the steps, or a little later. */
const runWithDeath = async (real: RealInstallation, request: Request, random: () => number): Promise<string> => {
  const { read } = real.control.transact;
  const id = await real.start(request);
  const wanted = STEPS[Math.floor(random() * STEPS.length)];
  const hasBegun = async (): Promise<boolean> => {
    const [change] = await read.deployments.ofRollout(id);
    const steps = change === undefined ? [] : await read.steps.list(change.id);
    return steps.some((one) => one.kind === wanted && one.state !== 'pending');
  };
  while (!(await hasBegun())) await sleep(20);
  await sleep(random() * 300);
  await killWorker(real);
  await real.rest(id);
  return id;
};

/** Docker, HAProxy and MariaDB of an installation of its own, with its own worker; four desa with three apps. */
export const openRealGround = async (say: (line: string) => void): Promise<Ground> => {
  const began = performance.now();
  const real = await openRealInstallation(SOAK_SECONDS);
  const { control, session, world } = real;
  let number = 0;
  const lay = (app: AppName, habit: Habit): Promise<string> => {
    number += 1;
    return real.bring({
      app,
      version: `${LINE[app]}.${number}.0`,
      habit,
      schema: `20240951${String(number).padStart(2, '0')}`,
    });
  };
  try {
    await install(real);
    await world.routes.sync();
  } catch (error) {
    await real.close();
    throw error;
  }
  say(`real world up: ${((performance.now() - began) / 1000).toFixed(1)} s, soak ${SOAK_SECONDS} s`);
  const stranger = await realStranger(real);
  return {
    target: 'real',
    kodes: REAL_KODES,
    read: control.transact.read,
    session,
    stranger,
    prepare: async () => undefined,
    lay,
    start: (request) => real.start(request),
    rest: (id) => real.rest(id),
    runWithDeath: (request, random) => runWithDeath(real, request, random),
    async look(kode) {
      await patiently(() => control.transact.read.instances.forgetDeep(kode));
      await new Observer(world, logger, new AbortController().signal).round();
    },
    serving: () => servingOf(real),
    async close() {
      await stranger.leave();
      await real.close();
    },
  };
};
