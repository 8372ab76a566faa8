import type { Reason } from '../../../server/domain/deployment';
import type { Member } from '../../../server/domain/rollout';
import { assignWaves, decide, type RolloutView } from '../../../server/domain/rollout-decision';
import { at, member, moves, rollout, view, work } from './fixtures/rollout-view';

const failed = (code: string): { readonly reason: Reason } => ({ reason: { code, params: {} } });
const pending = [member('a', 'opensid', 'pending')];

describe('before the first desa', () => {
  it('an update that changes the structure is dumped first', () => {
    expect(moves(view('checking', pending, { migrating: ['db'] }))).toEqual(['snapshotting/snapshot']);
    const dump = view('snapshotting', pending, { migrating: ['db'] });
    expect(moves(dump)).toEqual(['snapshot db']);
    expect(moves({ ...dump, database: [work('snapshot', 'running')] })).toEqual([]);
    expect(moves({ ...dump, database: [work('snapshot', 'succeeded')] })).toEqual(['migrating/migrate']);
  });
  it('then migrated once, and only then the desa begin', () => {
    const migrating = view('migrating', pending, { migrating: ['db'], database: [work('snapshot', 'succeeded')] });
    expect(moves(migrating)).toEqual(['migrate db']);
    expect(moves({ ...migrating, database: [work('migrate', 'queued')] })).toEqual([]);
    expect(moves({ ...migrating, database: [work('migrate', 'succeeded')] })).toEqual(['rolling/waves']);
  });
  it('several schemas are all ready before one desa begins', () => {
    const two = view('migrating', pending, { migrating: ['db', 'other'] });
    expect(moves(two)).toEqual(['migrate db', 'migrate other']);
    expect(moves({ ...two, database: [work('migrate', 'succeeded')] })).toEqual(['migrate other']);
  });
  it('an update without another structure goes straight to the desa', () => {
    expect(moves(view('checking', pending))).toEqual(['rolling/waves']);
  });
  it('the first install prepares the schema', () => {
    const install = { rollout: rollout('checking', { kind: 'install' }), migrating: ['db'] };
    expect(moves(view('checking', pending, install))).toEqual(['migrating/migrate']);
    const preparing = view('migrating', pending, {
      rollout: rollout('migrating', { kind: 'install' }),
      migrating: ['db'],
    });
    expect(moves(preparing)).toEqual(['prepare db']);
    expect(moves({ ...preparing, database: [work('prepare', 'succeeded')] })).toEqual(['rolling/waves']);
  });
  it.each(['failed', 'cancelled'] as const)('a dump or migration that %s fails the run, with the reason', (state) => {
    const reason = { code: 'desa_behind', params: { count: 2 } };
    const given = view('migrating', pending, { migrating: ['db'], database: [work('migrate', state, { reason })] });
    expect(decide(given)).toEqual([{ do: 'move', state: 'failed', stage: 'waves', reason }]);
  });
  it('after a retry the failed attempt is not looked at any more', () => {
    const seen = rollout('migrating', { policy: { ...rollout('draft').policy, acknowledged: ['migrate-1'] } });
    const given = view('migrating', pending, {
      rollout: seen,
      migrating: ['db'],
      database: [work('migrate', 'failed')],
    });
    expect(moves(given)).toEqual(['migrate db']);
    const again = work('migrate', 'succeeded', { id: 'migrate-2' });
    expect(moves({ ...given, database: [...given.database, again] })).toEqual(['rolling/waves']);
  });
});

describe('waves', () => {
  const three = ['a', 'b', 'c'].map((kode, index) => member(kode, 'opensid', 'pending', { wave: index + 1 }));
  it('are taken one after the other', () => {
    expect(moves(view('rolling', three))).toEqual(['a-opensid']);
    const later = three.map((one) => (one.kode === 'a' ? { ...one, state: 'done' as const } : one));
    expect(moves(view('rolling', later))).toEqual(['b-opensid']);
  });
  it('wait for a desa that soaks or could not be measured', () => {
    for (const state of ['soaking', 'unmeasured', 'running'] as const)
      expect(moves(view('rolling', [{ ...three[0], state } as Member, ...three.slice(1)]))).toEqual([]);
  });
  it('1, 5, 25, all others', () => {
    const kodes = Array.from({ length: 40 }, (_, index) => String(index));
    const sizes = [...assignWaves(kodes, [1, 5, 25]).values()].reduce<Record<number, number>>(
      (sum, wave) => ({ ...sum, [wave]: (sum[wave] ?? 0) + 1 }),
      {},
    );
    expect(sizes).toEqual({ 1: 1, 2: 5, 3: 25, 4: 9 });
    expect([...assignWaves(kodes, []).values()].every((wave) => wave === 1)).toBe(true);
  });
  it('start at most twice as many as there are slots; sleepers and soaking ones do not count', () => {
    const many = Array.from({ length: 9 }, (_, index) => member(String(index), 'opensid', 'pending'));
    expect(moves(view('rolling', many))).toHaveLength(4);
    const running = many.map((one, index) => (index < 3 ? { ...one, state: 'running' as const } : one));
    expect(moves(view('rolling', running))).toHaveLength(1);
    expect(moves(view('rolling', running, { idle: new Set(['0-opensid', '1-opensid']) }))).toHaveLength(3);
  });
  it('end when everybody has ended', () => {
    const over = (['done', 'failed', 'skipped', 'quarantined', 'cancelled', 'down', 'postponed'] as const).map(
      (state, index) => member(String(index), 'opensid', state),
    );
    expect(moves(view('rolling', over))).toEqual(['completed/report']);
  });
});

describe('apps of one desa', () => {
  it('change in order', () => {
    const desa = [member('a', 'opensid', 'pending'), member('a', 'api', 'pending')];
    expect(moves(view('rolling', desa))).toEqual(['a-opensid']);
    const soaking = [{ ...desa[0], state: 'soaking' } as Member, ...desa.slice(1)];
    expect(moves(view('rolling', soaking))).toEqual([]);
    const done = [{ ...desa[0], state: 'done' } as Member, ...desa.slice(1)];
    expect(moves(view('rolling', done))).toEqual(['a-api']);
  });
  it.each(['failed', 'quarantined', 'down', 'skipped', 'cancelled'] as const)(
    'an app whose need is %s is left out, one that needs nothing is not',
    (state) => {
      const members = [
        member('a', 'opensid', state),
        member('a', 'api', 'pending'),
        member('a', 'other', 'pending'),
        member('b', 'opensid', 'pending'),
      ];
      expect(moves(view('rolling', members))).toEqual(['skip needed_app_failed a-api', 'b-opensid']);
      const later = members.map((one) => (one.app === 'api' ? { ...one, state: 'skipped' as const } : one));
      expect(moves(view('rolling', later))).toEqual(['a-other', 'b-opensid']);
    },
  );
  it('an app stays where it is when one that needs it could not be taken away', () => {
    const removal = { rollout: rollout('rolling', { kind: 'remove' }) };
    const members = [
      member('a', 'api', 'failed', { position: 0, ...failed('provision_failed') }),
      member('a', 'opensid', 'pending', { position: 1 }),
    ];
    expect(moves(view('rolling', members, removal))).toEqual(['skip needed_app_failed a-opensid']);
    const gone = [{ ...members[0], state: 'done' } as Member, ...members.slice(1)];
    expect(moves(view('rolling', gone, removal))).toEqual(['a-opensid']);
  });
});

describe('stopping by itself', () => {
  const two = (first: Member, second: Member): Member[] => [first, second, member('z', 'opensid', 'pending')];
  it('one desa that fails is quarantined, the run goes on', () => {
    const members = two(
      member('a', 'opensid', 'quarantined', failed('wrong_name')),
      member('b', 'opensid', 'quarantined', failed('http_status')),
    );
    expect(moves(view('rolling', members))).toEqual(['z-opensid']);
  });
  it('the second desa with the same failure halts it, with the signature', () => {
    const members = two(
      member('a', 'opensid', 'quarantined', failed('wrong_name')),
      member('b', 'opensid', 'down', failed('wrong_name')),
    );
    expect(decide(view('rolling', members))).toEqual([
      {
        do: 'move',
        state: 'halted',
        stage: 'waves',
        reason: { code: 'same_failure', params: { signature: 'wrong_name', count: 2 } },
      },
    ]);
  });
  it('two apps of one desa are one desa', () => {
    const members = two(
      member('a', 'opensid', 'quarantined', failed('wrong_name')),
      member('a', 'api', 'quarantined', failed('wrong_name')),
    );
    expect(moves(view('rolling', members))).toEqual(['z-opensid']);
  });
  it('what a person saw and went on with halts no more', () => {
    const seen = { ...rollout('rolling').policy, acknowledged: ['wrong_name'] };
    const members = two(
      member('a', 'opensid', 'quarantined', failed('wrong_name')),
      member('b', 'opensid', 'quarantined', failed('wrong_name')),
    );
    const given = view('rolling', members, { rollout: rollout('rolling', { policy: seen }) });
    expect(moves(given)).toEqual(['z-opensid']);
  });
  it('an install is not halted: desa do not share what fails there', () => {
    const members = two(
      member('a', 'opensid', 'failed', failed('wrong_name')),
      member('b', 'opensid', 'failed', failed('wrong_name')),
    );
    expect(moves(view('rolling', members, { rollout: rollout('rolling', { kind: 'install' }) }))).toEqual([
      'z-opensid',
    ]);
  });
  const unmeasured = (kode: string, tries: number): Member =>
    member(kode, 'opensid', 'unmeasured', { reason: { code: 'proxy_unreachable', params: { tries } } });
  it('one desa that cannot be measured waits, after 20 tries the run pauses', () => {
    expect(moves(view('rolling', [unmeasured('a', 19)]))).toEqual([]);
    expect(moves(view('rolling', [unmeasured('a', 20)]))).toEqual(['paused/waves']);
  });
  it('the second one pauses at once', () => {
    expect(moves(view('rolling', [unmeasured('a', 1), unmeasured('b', 1)]))).toEqual(['paused/waves']);
  });
  it('a person may go on all the same', () => {
    const policy = { ...rollout('rolling').policy, acknowledged: ['unmeasured'] };
    const given = view('rolling', [unmeasured('a', 30), unmeasured('b', 1)], {
      rollout: rollout('rolling', { policy }),
    });
    expect(moves(given)).toEqual([]);
  });
  it.each(['paused', 'halted'] as const)('%s starts nobody, and ends when nobody is left', (state) => {
    expect(moves(view(state, pending))).toEqual([]);
    expect(moves(view(state, [member('a', 'opensid', 'done')]))).toEqual(['completed/report']);
  });
});

describe('the shared follow-up', () => {
  const install = { rollout: rollout('rolling', { kind: 'install' }) };
  const running = Array.from({ length: 5 }, (_, index) => member(String(index), 'opensid', 'running'));
  const barrier = (before: number, waiting: number, lastReachedAt: Date | null): Partial<RolloutView> => ({
    ...install,
    idle: new Set(running.map((one) => one.instanceId)),
    barrier: [{ databaseId: 'db', before, waiting, lastReachedAt }],
  });
  it('waits for the last desa', () => {
    expect(moves(view('rolling', running, barrier(1, 4, at(5))))).toEqual([]);
    expect(moves(view('rolling', running, barrier(0, 0, null)))).toEqual([]);
  });
  it('runs once for all of them', () => {
    const given = view('rolling', running, barrier(0, 5, at(5)));
    expect(moves(given)).toEqual(['follow_up db']);
    for (const state of ['queued', 'running', 'succeeded', 'failed'] as const) {
      const last = work('follow_up', state, { startedAt: state === 'queued' ? null : at(6) });
      expect(moves({ ...given, database: [last] })).toEqual([]);
    }
  });
  it('runs again for a desa that came after it began', () => {
    const given = view('rolling', running, barrier(0, 1, at(9)));
    expect(moves({ ...given, database: [work('follow_up', 'succeeded', { startedAt: at(6) })] })).toEqual([
      'follow_up db',
    ]);
  });
  it('also while the run is paused: who has begun must be able to end', () => {
    const given = view('paused', running, barrier(0, 5, at(5)));
    expect(moves({ ...given, rollout: rollout('paused', { kind: 'install' }) })).toEqual(['follow_up db']);
  });
});

describe('rolling back', () => {
  it('takes back who changed, a few at a time, and ends when nobody is left', () => {
    const members = Array.from({ length: 6 }, (_, index) => member(String(index), 'opensid', 'rolling_back'));
    expect(moves(view('rolling_back', members))).toHaveLength(4);
    const begun = members.map((one, index) => (index < 4 ? { ...one, deploymentId: 'd' } : one));
    expect(moves(view('rolling_back', begun))).toEqual([]);
    expect(moves(view('rolling_back', begun, { idle: new Set(['0-opensid']) }))).toHaveLength(1);
    const over = members.map(
      (one, index) => ({ ...one, state: index === 0 ? 'quarantined' : 'rolled_back' }) as Member,
    );
    expect(moves(view('rolling_back', over))).toEqual(['rolled_back/report']);
  });
  it('within a desa the app that leans on another goes first', () => {
    const back = (api: Member['state'], more: Partial<Member> = {}): unknown =>
      moves(view('rolling_back', [member('a', 'opensid', 'rolling_back'), member('a', 'api', api, more)]));
    expect(back('rolling_back')).toEqual(['a-api']);
    expect(back('rolling_back', { deploymentId: 'd' })).toEqual([]);
    expect(back('running', { deploymentId: 'd' })).toEqual([]);
    for (const over of ['rolled_back', 'quarantined', 'cancelled', 'failed'] as const)
      expect(back(over)).toEqual(['a-opensid']);
  });
  it('who came through although it was cancelled goes back too, and before what it leans on', () => {
    const members = [member('a', 'opensid', 'rolling_back'), member('a', 'pbb', 'done')];
    expect(decide(view('rolling_back', members))).toEqual([{ do: 'take_back', instanceId: 'a-pbb' }]);
    const same = [member('a', 'pbb', 'done', { fromReleaseId: 'new' })];
    expect(moves(view('rolling_back', same))).toEqual(['rolled_back/report']);
  });
  it('waits for those that are still changing', () => {
    expect(moves(view('rolling_back', [member('a', 'opensid', 'running', { deploymentId: 'd' })]))).toEqual([]);
  });
});

it.each(['draft', 'completed', 'cancelled', 'failed', 'rolled_back', 'rehearsing', 'ready', 'soaking'] as const)(
  'does nothing while %s',
  (state) => expect(decide(view(state, pending))).toEqual([]),
);
it('decides the same twice', () => {
  const given = view('rolling', [member('a', 'opensid', 'pending'), member('b', 'opensid', 'pending')]);
  expect(decide(given)).toEqual(decide(given));
});
