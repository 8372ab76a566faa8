import type { StepKind } from '../../../server/domain/step';
import { SOUND, type Habit } from '../habit';
import type { Expected, Ground, Kind, Mend, Seen, Spot } from '../kind';
import { look, restart, update, untilStep } from '../outcome';
import { ALL, BOTH, green, red, SCRIPTED } from './make';

const STOPPED: () => Expected = red('not_answering', 'http_status', 'container_restarted');
const REMOVED: () => Expected = red('not_answering', 'http_status', 'container_gone');
const CUT_OFF: () => Expected = red('not_answering', 'http_status');
/** Takes longer than usual to answer, so that somebody can come between. */
const slow: Habit = {
  answer: ({ page }) => (page > 0 && page <= 3 ? { status: 0, body: '', ms: 1, held: false } : null),
  php: "if ($web && ! is_file('/tmp/pernah')) { touch('/tmp/pernah'); sleep(5); }",
};

/** A sound release, and somebody comes between at a step of its update. */
const between = (
  kind: Pick<Kind, 'name' | 'says' | 'apps' | 'expected'> & { readonly habit?: Habit; readonly at: StepKind },
  act: (ground: Ground, spot: Spot, fresh: string, id: string) => Promise<void>,
): Kind => ({
  ...kind,
  reach: 'all',
  async run(ground, spot): Promise<Seen> {
    const version = await ground.lay(spot.app, kind.habit ?? SOUND);
    return update(ground, spot, version, async (id) => {
      const fresh = await untilStep(ground, id, spot, kind.at);
      if (fresh === null) throw new Error(`${kind.at} was not met`);
      await act(ground, spot, fresh, id);
    });
  },
});
/** A step that began may not have switched yet; what the rows say is the container that was there before. */
const olderThan = async ({ session }: Ground, spot: Spot, fresh: string): Promise<string> => {
  const all = await session.find({ 'id.siappakai.role': 'village', 'id.siappakai.app': spot.app });
  const kode = spot.kode.replaceAll('.', '');
  return all.find(({ labels, name }) => labels['id.siappakai.kode'] === kode && name !== fresh)?.name ?? '';
};
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Containers, networks, proxy and engine under somebody else’s hands. */
export const STRANGER: readonly Kind[] = [
  between(
    {
      name: 'new-removed-early',
      says: 'the new container is removed before it is well',
      apps: { scripted: ALL, real: ['pbb', 'api'] },
      expected: red('container_gone'),
      habit: slow,
      at: 'await_healthy',
    },
    ({ session }, _spot, fresh) => session.remove(fresh),
  ),
  between(
    {
      name: 'new-removed-in-soak',
      says: 'the new container is removed while it is watched',
      apps: { scripted: ALL, real: ['pbb', 'api'] },
      expected: REMOVED,
      at: 'soak',
    },
    ({ session }, _spot, fresh) => session.remove(fresh),
  ),
  between(
    {
      name: 'new-stopped-in-soak',
      says: 'the new container is stopped while it is watched',
      apps: { scripted: ALL, real: ['pbb', 'api'] },
      expected: STOPPED,
      at: 'soak',
    },
    ({ session }, _spot, fresh) => session.stop(fresh, 1),
  ),
  between(
    {
      name: 'old-removed-in-soak',
      says: 'the old container is removed while the new one is watched',
      apps: { scripted: ALL, real: ['pbb', 'api'] },
      expected: green,
      at: 'soak',
    },
    async (ground, spot, fresh) => ground.session.remove(await olderThan(ground, spot, fresh)),
  ),
  between(
    {
      name: 'network-detached',
      says: 'the new container is taken off its network while it is watched',
      apps: { scripted: ALL, real: ['pbb', 'api'] },
      expected: CUT_OFF,
      at: 'soak',
    },
    ({ stranger }, _spot, fresh) => stranger.detach(fresh),
  ),
  between(
    {
      name: 'proxy-blinks',
      says: 'the proxy is away for some seconds while the new container is watched',
      apps: { scripted: ALL, real: ['pbb', 'api'] },
      expected: green,
      at: 'soak',
    },
    async ({ stranger }) => {
      const mend = await stranger.proxy('stopped');
      await pause(1500);
      await mend();
    },
  ),
  between(
    {
      name: 'proxy-frozen',
      says: 'the proxy stands still for some seconds while the new container is watched',
      apps: { real: ['pbb', 'api'] },
      expected: green,
      at: 'soak',
    },
    async ({ stranger }) => {
      const mend = await stranger.proxy('frozen');
      await pause(4000);
      await mend();
    },
  ),
  {
    name: 'proxy-away-long',
    says: 'the proxy stays away: nothing can be measured, the run waits for a person',
    apps: SCRIPTED('pbb', 'api', 'opensid'),
    reach: 'all',
    expected: () => ({ verdict: 'held', reasons: ['unmeasured'] }),
    async run(ground, spot): Promise<Seen> {
      let stopped: Promise<Mend> | null = null;
      const stops: Habit = {
        // With the first citizen's visit, so that it is after the switch; once, so that it is brought back from that.
        answer: ({ isPublic }) => {
          if (isPublic) stopped ??= ground.stranger.proxy('stopped');
          return null;
        },
      };
      const version = await ground.lay(spot.app, stops);
      return update(ground, spot, version).finally(async () => (await stopped)?.());
    },
  },
  {
    name: 'engine-silent',
    says: 'the engine does not answer a few times',
    apps: SCRIPTED(...ALL),
    reach: 'all',
    expected: green,
    async run(ground, spot): Promise<Seen> {
      const version = await ground.lay(spot.app, SOUND);
      const mend = ground.stranger.engineSilent(3);
      return update(ground, spot, version).finally(mend);
    },
  },
  {
    name: 'engine-gone',
    says: 'the engine never makes the new container',
    apps: SCRIPTED('api', 'pbb'),
    reach: 'all',
    expected: red('provision_unreachable'),
    async run(ground, spot): Promise<Seen> {
      const version = await ground.lay(spot.app, SOUND);
      const mend = ground.stranger.engineSilent(Infinity);
      return update(ground, spot, version).finally(mend);
    },
  },
  {
    name: 'route-edited-then-changed',
    says: 'the route map was edited by hand, and the next change of the desa puts it right',
    apps: BOTH('opensid', 'api', 'pbb'),
    reach: 'all',
    expected: green,
    async run(ground, spot): Promise<Seen> {
      await ground.stranger.route('closed', spot);
      const again = await restart(ground, spot);
      return again.verdict === 'green' ? look(ground, spot) : again;
    },
  },
];
