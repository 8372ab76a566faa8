import { reply } from '../../helpers/pretended-apps';
import { SOUND, type Habit } from '../habit';
import type { Ground, Kind, Mend, Seen, Spot } from '../kind';
import { outcomeOf, update, untilStep } from '../outcome';
import { ALL, green, red, SCRIPTED } from './make';

const HOUR = 3_600_000;
/** The clock jumps while the new release is watched. */
const jump = (ms: number, habit: Habit = SOUND): Kind['run'] => {
  return async (ground: Ground, spot: Spot): Promise<Seen> => {
    const version = await ground.lay(spot.app, habit);
    let mend: Mend = async () => undefined;
    try {
      return await update(ground, spot, version, async (id) => {
        await untilStep(ground, id, spot, 'soak');
        mend = ground.stranger.jumpClock(ms);
      });
    } finally {
      await mend();
    }
  };
};

/** The machine of the dashboard itself: its worker, its database, its clock. */
export const MACHINE: readonly Kind[] = [
  {
    name: 'worker-killed',
    says: 'the worker is killed at any moment of the update',
    apps: { scripted: ALL, real: ['api', 'pbb'] },
    reach: 'all',
    expected: green,
    async run(ground, spot): Promise<Seen> {
      const version = await ground.lay(spot.app, SOUND);
      const request = { kind: 'update', kodes: [spot.kode], apps: [], releases: { [spot.app]: version } } as const;
      return outcomeOf(ground.read, await ground.runWithDeath(request, spot.random), spot);
    },
  },
  {
    name: 'control-connections-cut',
    says: 'every connection to the control database ends in the middle of a step',
    apps: { scripted: ALL, real: ['api', 'pbb'] },
    reach: 'all',
    expected: green,
    async run(ground, spot): Promise<Seen> {
      const version = await ground.lay(spot.app, SOUND);
      return update(ground, spot, version, async (id) => {
        const at = (['start_release', 'await_healthy', 'soak'] as const)[Math.floor(spot.random() * 3)] ?? 'soak';
        await untilStep(ground, id, spot, at);
        await ground.stranger.cutControl();
      });
    },
  },
  {
    name: 'clock-forward',
    says: 'the clock jumps an hour ahead while a sound release is watched',
    apps: SCRIPTED(...ALL),
    reach: 'all',
    alone: true,
    expected: green,
    run: jump(HOUR),
  },
  {
    name: 'clock-back',
    says: 'the clock jumps an hour back while a sound release is watched',
    apps: SCRIPTED(...ALL),
    reach: 'all',
    alone: true,
    expected: green,
    run: jump(-HOUR),
  },
  {
    name: 'clock-hides-death',
    says: 'the clock jumps ahead, and the release that is watched dies a moment later',
    apps: SCRIPTED(...ALL),
    reach: 'all',
    alone: true,
    expected: red('not_answering', 'http_status', 'container_restarted'),
    run: jump(HOUR, {
      answer: ({ publicFor, end }) => {
        if (publicFor < 1.2) return null;
        end('exit');
        return reply(0);
      },
    }),
  },
];
