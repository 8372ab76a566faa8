import { randomInt } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { LABEL } from '../../../provisioners/contracts';
import { isEnded } from '../../../server/cli/progress';
import { partsStatus } from '../../../server/supervisor';
import type { Installation } from '../../helpers/e2e-installation';
import { bringRelease } from '../../helpers/e2e-release';
import {
  APPS,
  containersOf,
  desaList,
  docker,
  nameOf,
  select,
  showRollout,
  startRollout,
  theme,
  villageContainers,
  type World,
} from '../../helpers/e2e-world';

const KILLS = 10;
const BACK_WITHIN_MS = 5000;

const workerPid = async (installation: Installation): Promise<number | null> =>
  (await partsStatus(installation.config)).find((one) => one.name === 'worker')?.pid ?? null;
/** Milliseconds until another worker lives. */
const awaitOther = async (installation: Installation, dead: number): Promise<number> => {
  const began = Date.now();
  for (;;) {
    const pid = await workerPid(installation);
    if (pid !== null && pid !== dead) return Date.now() - began;
    if (Date.now() - began > 60_000) throw new Error('the worker does not come back');
    await sleep(100);
  }
};
/** Names of village containers in the order the engine makes them, from now on; the engine itself remembers only the last 256 events. */
const listen = async (installation: Installation): Promise<{ readonly stop: () => readonly string[] }> => {
  const filters = {
    type: ['container'],
    event: ['create'],
    label: [`${LABEL.installation}=${installation.config.id}`, `${LABEL.role}=village`],
  };
  const stream = await docker.getEvents({ filters: JSON.stringify(filters) });
  const parts: Buffer[] = [];
  stream.on('data', (part: Buffer) => parts.push(part));
  return {
    stop: () => {
      if (stream instanceof Readable) stream.destroy();
      const lines = Buffer.concat(parts).toString('utf8').split('\n');
      return lines
        .filter((line) => line.trim() !== '')
        .map((line) => (JSON.parse(line) as { Actor: { Attributes: { name: string } } }).Actor.Attributes.name);
    },
  };
};

/** The worker dies in the middle of things, again and again; what was begun is finished, nothing is done twice. */
export const killedTheme = (world: World): void => {
  theme('a worker that is killed', () => {
    test('finishes a good update and a restart in spite of ten kills, each container made once', async () => {
      const installation = world.installation();
      await Promise.all(
        APPS.map((app) => bringRelease(installation, { app, from: '2410.0.0', version: '2411.0.0', behaviour: {} })),
      );
      // A death in the soak begins it anew; what is killed here is the work around it.
      await installation.cli('settings', 'set', 'soakSeconds', '2');
      const events = await listen(installation);
      const back: number[] = [];
      const rollouts: string[] = [];
      const starts = [
        ['update', 'opensid@2411.0.0', '--release', 'api@2411.0.0', '--release', 'pbb@2411.0.0', '--all'],
        ...Array.from({ length: 5 }, () => ['restart', '--all']),
      ];
      for (const argv of starts) {
        if (back.length >= KILLS) break;
        const id = await startRollout(installation, ...argv);
        rollouts.push(id);
        while (!isEnded((await installation.read.rollouts.find(id))?.state ?? '')) {
          await sleep(back.length >= KILLS ? 250 : randomInt(100, 4000));
          if (back.length >= KILLS) continue;
          const pid = await workerPid(installation);
          if (pid === null) continue;
          process.kill(pid, 'SIGKILL');
          back.push(await awaitOther(installation, pid));
        }
      }
      console.info(`killed ${back.length} times, back after ${back.join(', ')} ms, in ${rollouts.length} rollouts`);
      expect(back).toHaveLength(KILLS);
      expect(back.filter((ms) => ms > BACK_WITHIN_MS)).toEqual([]);
      for (const id of rollouts) {
        const document = await showRollout(installation, id);
        expect({ state: document.state, done: document.counts.done }).toEqual({ state: 'completed', done: 9 });
      }
      const created = events.stop();
      expect(created).toHaveLength(9 * rollouts.length);
      expect(new Set(created).size).toBe(created.length);
    });

    test('leaves no container, volume or change behind', async () => {
      const installation = world.installation();
      const rows = await select(installation, 'SELECT container FROM instances ORDER BY container');
      const serving = rows.map((row) => String(row['container']));
      expect((await villageContainers(installation)).map(nameOf).sort()).toEqual(serving);
      expect(await containersOf(installation, { [LABEL.role]: 'oneshot' })).toEqual([]);
      const { Volumes: volumes } = await docker.listVolumes({
        filters: { label: [`${LABEL.installation}=${installation.config.id}`, LABEL.deployment] },
      });
      const configs = volumes.map((one) => one.Name).filter((name) => name.endsWith('-konfig'));
      expect(configs.sort()).toEqual(serving.map((name) => `${name}-konfig`).sort());
      expect(await select(installation, 'SELECT id FROM deployments WHERE active_subject IS NOT NULL')).toEqual([]);
      expect((await desaList(installation)).map((one) => one.status)).toEqual(['healthy', 'healthy', 'healthy']);
    });
  });
};
