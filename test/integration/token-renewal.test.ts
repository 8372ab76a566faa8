import { pino } from 'pino';
import { SYSTEM, TERMINAL } from '../../server/domain/actor';
import { AppError } from '../../server/domain/errors';
import { TokenRenewal } from '../../server/jobs/token-renewal';
import { writeSettings } from '../../server/services/setting-service';
import { TokenService } from '../../server/services/token-service';
import { kodeKabupatenSchema } from '../../server/domain/kode-wilayah';
import { tokensBy } from '../helpers/fake-tokens';
import { openRolloutBench, type RolloutBench } from '../helpers/rollout-bench';
import { hostOf, KODES } from '../helpers/world-picture';

jest.setTimeout(120_000);
const DAY = 86_400_000;
const [DESA, OTHER] = KODES;
let world: RolloutBench;
let tokens: TokenService;
let now = new Date();
let restarts: readonly (readonly string[])[] = [];
let refusal: AppError | null = null;

const renewal = () =>
  new TokenRenewal({
    world: world.world(),
    tokens,
    rollouts: {
      start: async (_actor, request) => {
        if (refusal !== null) throw refusal;
        restarts = [...restarts, [request.kind, ...request.kodes, ...request.apps]];
        const { rollout } = await world.run(request);
        return { rolloutId: rollout.id, plan: null as never };
      },
    },
    exclusively: (_name, work) => work(),
    logger: pino({ level: 'silent' }),
  });
/** What the serving container of a desa was given. */
const written = async (kode: string): Promise<string> => {
  const instance = await world.bench.transact.read.instances.findByApp(kode, 'opensid');
  const files = world.engine().volumes.get(`${instance?.container ?? ''}-konfig`)?.files;
  const content: unknown = JSON.parse(files?.get('/jawaban')?.content?.toString() ?? '{}');
  return typeof content === 'object' && content !== null && 'token' in content ? String(content.token) : '';
};
const code = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no error',
    (error: unknown) => (error instanceof Error ? error.message : 'not an error'),
  );

beforeAll(async () => {
  world = await openRolloutBench((transactor, box) => {
    tokens ??= new TokenService({ transactor, box, httpsPort: 443, now: () => now });
    return tokensBy(tokens);
  });
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.reset();
  now = new Date();
  restarts = [];
  refusal = null;
  await world.bench.transact.run(async (stores) => {
    const kabupaten = { kode: kodeKabupatenSchema.parse('33.05'), nama: 'Kebumen' };
    await writeSettings(stores, TERMINAL, [{ key: 'kabupaten', value: kabupaten }]);
  });
  await world.run({ kind: 'install', releases: { opensid: '2409.0.0', api: '2409.0.0' }, apps: ['opensid', 'api'] });
});

it('reads back what an installation wrote, and asks for it once', async () => {
  for (const kode of KODES) {
    const status = await tokens.status(TERMINAL, kode);
    expect(status?.installedAt).toBeInstanceOf(Date);
    expect((await tokens.verify(await written(kode))).issued.id).toBe(status?.id);
  }
  expect(await renewal().round()).toEqual({ found: [], restarted: [] });
  expect(restarts).toEqual([]);
  const reads = world.session().faults.calls.filter((one) => one === 'readFile').length;
  expect(reads).toBe(KODES.length);
});

it('renews a token that ends within thirty days by a restart of the app that carries it', async () => {
  const before = await written(DESA);
  now = new Date(now.getTime() + 340 * DAY);
  expect(await renewal().round()).toEqual({ found: [], restarted: expect.arrayContaining([...KODES]) as string[] });
  expect(restarts).toEqual([['restart', ...[...KODES].sort(), 'opensid']]);
  const after = await written(DESA);
  expect(after).not.toBe(before);
  expect((await tokens.verify(after)).claims.domain).toBe(`https://${hostOf(DESA)}`);
  expect((await tokens.status(TERMINAL, DESA))?.installedAt).toBeInstanceOf(Date);
  expect(await code(tokens.verify(before))).toBe('no error');
  now = new Date(now.getTime() + 8 * DAY);
  expect(await code(tokens.verify(before))).toBe('token_revoked');
  expect(await renewal().round()).toEqual({ found: [], restarted: [] });
});

it('keeps the old token valid when the new one cannot be brought to its desa, and tries again', async () => {
  const before = await written(DESA);
  now = new Date(now.getTime() + 340 * DAY);
  refusal = new AppError('rollout_blocked', {});
  expect(await renewal().round()).toEqual({ found: [], restarted: [] });
  now = new Date(now.getTime() + 10 * DAY);
  expect(await written(DESA)).toBe(before);
  expect(await code(tokens.verify(before))).toBe('no error');
  refusal = null;
  expect((await renewal().round()).restarted).toHaveLength(2);
  expect(await code(tokens.verify(await written(DESA)))).toBe('no error');
  expect(await written(DESA)).not.toBe(before);
});

it('looks for tokens that were never read back: found ones are told, others brought by a restart', async () => {
  await world.bench.control.db('tokens').update({ installed_at: null });
  await tokens.rotate(SYSTEM, OTHER);
  expect(await renewal().round()).toEqual({ found: [DESA], restarted: [OTHER] });
  for (const kode of KODES) expect((await tokens.status(TERMINAL, kode))?.installedAt).toBeInstanceOf(Date);
  expect(await renewal().round()).toEqual({ found: [], restarted: [] });
});

it('one desa that cannot be looked at stops nobody; a stopped one keeps what it has', async () => {
  await world.bench.control.db('tokens').update({ installed_at: null });
  await world.bench.control.db('instances').where({ wilayah_kode: DESA }).update({ wanted: 'stopped' });
  world.session().faults.failOnce('readFile');
  expect(await renewal().round()).toEqual({ found: [], restarted: [] });
  expect(await renewal().round()).toEqual({ found: [OTHER], restarted: [] });
});

it('a new host has a token of its own, and a removed desa none that is valid', async () => {
  const [before, other] = [await written(DESA), await written(OTHER)];
  await world.run({ kind: 'domain', kodes: [DESA], hosts: { [DESA]: 'baru.localhost' } });
  const moved = await written(DESA);
  expect((await tokens.verify(moved)).claims.domain).toBe('https://baru.localhost');
  expect((await tokens.status(TERMINAL, DESA))?.installedAt).toBeInstanceOf(Date);
  await world.run({ kind: 'remove', kodes: [DESA] });
  expect(await Promise.all([before, moved].map((one) => code(tokens.verify(one))))).toEqual([
    'token_revoked',
    'token_revoked',
  ]);
  expect(await code(tokens.verify(other))).toBe('no error');
});

it('a site whose token cannot be read back is good all the same', async () => {
  await world.bench.control.db('tokens').update({ installed_at: null });
  world.session().faults.failOnce('readFile');
  const { rollout } = await world.run({ kind: 'restart', kodes: [DESA], apps: ['opensid'] });
  expect(rollout.state).toBe('completed');
  expect((await tokens.status(TERMINAL, DESA))?.installedAt).toBeNull();
});
