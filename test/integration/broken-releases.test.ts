import { MESSAGES, reasonSentence } from '../../server/texts';
import type { Reason } from '../../server/domain/deployment';
import { samplePretended, type SampleFault } from '../helpers/pretended-samples';
import { openBench, type RolloutBench } from '../helpers/rollout-bench';
import { hostOf, KODES } from '../helpers/world-picture';

const [KODE, TWIN] = KODES;
const OLD = '2409.0.0';
const NEW = '2410.0.0';
type AppName = 'opensid' | 'api' | 'pbb';

let world: RolloutBench<SampleFault>;
beforeAll(async () => {
  world = await openBench(samplePretended, { policy: { soakSeconds: 3 } });
  const { rollout } = await world.run({ kind: 'install', releases: { opensid: OLD, api: OLD, pbb: OLD } });
  expect(rollout.state).toBe('completed');
}, 120_000);
afterAll(() => world.close());

interface Seen {
  readonly state: string;
  readonly member: string;
  readonly reason: Reason | null;
}
const update = async (app: AppName, fault: SampleFault, version = NEW): Promise<Seen> => {
  world.break(`${app}:${version}`, fault);
  const { rollout } = await world.run({ kind: 'update', kodes: [KODE], releases: { [app]: version } });
  const [member] = await world.bench.transact.read.rollouts.members(rollout.id);
  return { state: rollout.state, member: member?.state ?? '', reason: rollout.reason ?? member?.reason ?? null };
};
const FRONT: Readonly<Record<AppName, string>> = { opensid: '/', api: '/api/', pbb: '/pbb/login' };
/** Everything that serves, from outside: which container of which release answers where. */
const outside = async (): Promise<readonly string[]> => {
  const instances = await world.bench.transact.read.instances.all();
  return instances
    .map((one) => {
      const visit = world.proxy().visit(hostOf(one.wilayahKode), FRONT[one.app as AppName]);
      const address = visit.kind === 'app' ? visit.address.replace(':8080', '') : visit.kind;
      const by = [...world.engine().containers.values()].find((it) => [...it.addresses.values()].includes(address));
      return `${one.wilayahKode} ${one.app}: ${by?.spec.name} ${by?.spec.image} ${by?.state}`;
    })
    .sort();
};
const containers = (): number => world.engine().containers.size;

interface Case {
  readonly app: AppName;
  readonly what: string;
  readonly fault: SampleFault;
  readonly code: string;
  /** failed = it never came to a desa. */
  readonly state?: 'failed';
  readonly params?: Reason['params'];
}
/** Before it is watched each app is asked that often. */
const ASKED: Readonly<Record<AppName, number>> = { opensid: 8, pbb: 4, api: 6 };
const fakes = (app: AppName): readonly Case[] => [
  { app, what: 'a fatal error on every page', fault: { fatal: true }, code: 'http_status', params: { status: 500 } },
  { app, what: 'ends at its start', fault: { endsAfter: 0 }, code: 'container_exited' },
  { app, what: 'ends while it is watched', fault: { endsAfter: ASKED[app] }, code: 'not_answering' },
  { app, what: 'the old version on its pages', fault: { version: OLD }, code: 'wrong_name' },
];
const twin = { kode: TWIN, nama: `Desa ${TWIN}` };
const CASES: readonly Case[] = [
  // The shared schema first: a release of these never comes to a desa.
  {
    app: 'opensid',
    what: 'its migration dies',
    fault: { migration: 'dies' },
    code: 'migration_failed',
    state: 'failed',
    params: { cause: 'task_died' },
  },
  {
    app: 'opensid',
    what: 'its migration fails and says success',
    fault: { migration: 'hides' },
    code: 'migration_failed',
    state: 'failed',
    params: { cause: 'migration_logged_error' },
  },
  {
    app: 'opensid',
    what: 'its migration is not recorded',
    fault: { migration: 'half' },
    code: 'migration_failed',
    state: 'failed',
    params: { cause: 'not_migrated' },
  },
  {
    app: 'opensid',
    what: 'its migration changes nothing and says success',
    fault: { migration: 'silent' },
    code: 'migration_failed',
    state: 'failed',
    params: { cause: 'structure_missing', missing: 'log_surat.input' },
  },
  ...fakes('opensid'),
  { app: 'opensid', what: 'the name of another desa', fault: { nama: 'Klirong' }, code: 'wrong_name' },
  { app: 'opensid', what: 'its twin', fault: { twin }, code: 'wrong_identity', params: { observed: TWIN } },
  ...fakes('pbb'),
  { app: 'pbb', what: 'its twin', fault: { twin }, code: 'wrong_identity', params: { observed: TWIN } },
  {
    app: 'pbb',
    what: 'its migration fails',
    fault: { migration: 'says' },
    code: 'own_migration_failed',
    params: { cause: 'migration_failed' },
  },
  {
    app: 'pbb',
    what: 'its migration dies',
    fault: { migration: 'dies' },
    code: 'own_migration_failed',
    params: { cause: 'task_died' },
  },
  {
    app: 'pbb',
    what: 'half of its migration and success',
    fault: { migration: 'half' },
    code: 'own_migration_failed',
    params: { cause: 'not_migrated' },
  },
  {
    app: 'pbb',
    what: 'its migration changes nothing and says success',
    fault: { migration: 'silent' },
    code: 'own_migration_failed',
    params: { cause: 'structure_missing', missing: 'sppt.jatuh_tempo' },
  },
];
const API: readonly Case[] = [
  ...fakes('api'),
  { app: 'api', what: 'the name of another desa', fault: { nama: 'Klirong' }, code: 'wrong_name' },
  { app: 'api', what: 'its twin', fault: { twin }, code: 'wrong_identity' },
];

const check = async ({ app, fault, code, state, params }: Case): Promise<void> => {
  const [before, count] = [await outside(), containers()];
  const schema = world.database().schemas.get(`pbb_${KODE.replaceAll('.', '')}`)?.version;
  const seen = await update(app, fault);
  expect(seen).toMatchObject({
    state: state ?? 'completed',
    member: state === undefined ? 'quarantined' : 'pending',
    reason: { code, params: params ?? {} },
  });
  expect(await outside()).toEqual(before);
  expect(containers()).toBe(count);
  expect(world.database().schemas.get(`pbb_${KODE.replaceAll('.', '')}`)?.version).toBe(schema);
  for (const messages of Object.values(MESSAGES)) {
    const { what, next } = reasonSentence(messages, seen.reason ?? { code: '', params: {} });
    expect(what).not.toContain(code);
    expect(what).not.toContain('—');
    expect(Math.min(what.length, next.length)).toBeGreaterThan(15);
  }
};

describe('a broken release is never green, says why, and the old one serves', () => {
  test.each(CASES)('$app: $what', check, 60_000);

  test('what is not watched afterwards is seen from outside all the same', async () => {
    const before = await outside();
    world.break(`opensid:${OLD}`, { publicNama: 'Klirong' });
    const { rollout } = await world.run({ kind: 'restart', kodes: [KODE], apps: ['opensid'] });
    world.break(`opensid:${OLD}`, {});
    const [member] = await world.bench.transact.read.rollouts.members(rollout.id);
    expect(member).toMatchObject({ state: 'failed', reason: { code: 'wrong_name' } });
    expect(await outside()).toEqual(before);
  }, 60_000);

  test('an API newer than the OpenSID of its desa is refused before anything happens', async () => {
    const before = await outside();
    await expect(update('api', {})).rejects.toThrow('pair_too_new');
    expect(await outside()).toEqual(before);
  });

  test('a good one of each is green', async () => {
    for (const app of ['opensid', 'pbb'] as const)
      expect(await update(app, {})).toEqual({ state: 'completed', member: 'done', reason: null });
  }, 60_000);

  test.each(API)('$app: $what', check, 60_000);

  test('a good API is green, and all of this desa is new, nothing of the other', async () => {
    expect(await update('api', {})).toEqual({ state: 'completed', member: 'done', reason: null });
    expect((await outside()).map((line) => line.replace(/: \S+ \w+:/, ' '))).toEqual([
      ...['api', 'opensid', 'pbb'].map((app) => `${TWIN} ${app} ${OLD} running`),
      ...['api', 'opensid', 'pbb'].map((app) => `${KODE} ${app} ${NEW} running`),
    ]);
  }, 60_000);
});
