import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import type { TargetSession } from '../../provisioners/contracts';
import { TERMINAL } from '../../server/domain/actor';
import { isRolloutActive } from '../../server/domain/rollout';
import { isDatabaseAway } from '../../server/rollouts/step-error';
import type { World } from '../../server/steps/world';
import { openControl, randomPassword, type Control } from '../../server/wiring/control';
import { makeWorld, openProxy } from '../../server/wiring/engine';
import { DOMAIN, makeInstallation, type Installation } from '../helpers/e2e-installation';
import { Refused, type AppName, type Request } from './kind';
import { layTree, type Laid } from './lay-tree';

/** Two desa with the same name among them. */
export const REAL_KODES = ['33.05.05.2011', '33.05.03.2020', '33.05.12.1026', '33.05.01.2001'] as const;
export const logger = pino({ level: 'silent' });
const READY_WITHIN_MS = 180_000;
const OVER_WITHIN_MS = 300_000;

/** An installation of the product with its own web and worker, and the same services in this process to press its buttons. */
export interface RealInstallation {
  readonly installation: Installation;
  readonly control: Control;
  readonly session: TargetSession;
  readonly world: World;
  /** Brings a release in as a person does; Refused when it is not let in. */
  bring(laid: Laid): Promise<string>;
  start(request: Request): Promise<string>;
  rest(id: string): Promise<void>;
  close(): Promise<void>;
}

/** Reads again while the control database is away: some faults take it away. */
export const patiently = async <T>(read: () => Promise<T>): Promise<T> => {
  for (let tries = 0; ; tries += 1)
    try {
      return await read();
    } catch (error) {
      if (!isDatabaseAway(error) || tries > 50) throw error;
      await sleep(200);
    }
};

const bringTo = async (installation: Installation, control: Control, laid: Laid): Promise<string> => {
  const location = await layTree(path.join(path.dirname(installation.root), 'releases'), laid);
  const request = { app: laid.app, location, tag: null, channel: null, credential: null };
  const id = await control.services.releases.import(TERMINAL, request);
  const until = performance.now() + READY_WITHIN_MS;
  for (;;) {
    const release = await patiently(() => control.transact.read.releases.find(id));
    if (release === null) throw new Error('the release is gone');
    if (release.state === 'ready') return release.version;
    if (release.state === 'refused') throw new Refused(release.reason?.code ?? '', release.reason?.params ?? {});
    if (performance.now() > until) throw new Error(`the release is still ${release.state}`);
    await sleep(150);
  }
};
const restTo = async ({ transact: { read } }: Control, id: string): Promise<void> => {
  const until = performance.now() + OVER_WITHIN_MS;
  const isOver = async (): Promise<boolean> => {
    const state = (await read.rollouts.find(id))?.state ?? 'failed';
    const stands = !isRolloutActive(state) || state === 'halted' || state === 'paused';
    const changes = stands ? await read.deployments.ofRollout(id) : [];
    return stands && changes.every((one) => ['succeeded', 'failed', 'cancelled'].includes(one.state));
  };
  while (!(await patiently(isOver))) {
    if (performance.now() > until) throw new Error('the rollout is not over');
    await sleep(150);
  }
};

const prepare = async (installation: Installation): Promise<void> => {
  const must = async (...argv: readonly string[]): Promise<void> => {
    const told = await installation.cli(...argv);
    if (told.code !== 0) throw new Error(`${argv.join(' ')}: ${told.stderr}`);
  };
  const pattern = `{desa}.kec-{kec}.${DOMAIN}`;
  await must('setup', '--kabupaten', '33.05', '--domain-pattern', pattern, '--admin-email', `siti@${DOMAIN}`);
};

/** `soakSeconds` is set short: what a fault does, it does in that time. */
export const openRealInstallation = async (soakSeconds: number): Promise<RealInstallation> => {
  const installation = await makeInstallation();
  const { config, session } = installation;
  try {
    await prepare(installation);
    const control = await openControl(config, logger, { pool: 12, randomPassword });
    await control.services.settings.change(TERMINAL, { soakSeconds, parallel: 4 });
    const world = makeWorld(control, session, openProxy(config, session), () => undefined);
    return {
      ...{ installation, control, session, world },
      bring: (laid) => bringTo(installation, control, laid),
      start: async (request) =>
        (await control.services.rollouts.start(TERMINAL, { ...request, hosts: {} }, null)).rolloutId,
      rest: (id) => restTo(control, id),
      async close() {
        await world.databaseServer.close();
        await control.close();
        await installation.destroy();
      },
    };
  } catch (error) {
    await installation.destroy();
    throw error;
  }
};
export const FRONTS: Readonly<Record<AppName, string>> = { opensid: '/', api: '/api/', pbb: '/pbb/login' };
