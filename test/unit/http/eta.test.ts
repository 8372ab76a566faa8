import { createFormat } from '../../../server/http/format';
import { etaOf } from '../../../server/http/pages/eta';
import { groupByDesa } from '../../../server/http/pages/rollout-facts';
import type { Words } from '../../../server/http/pages/words';
import type { BoardFacts } from '../../../server/services/read-models/board-model';
import { NO_PAST, type PastTimes } from '../../../server/domain/rollout-estimate';
import type { Member, MemberState, Rollout, StageRecord } from '../../../server/domain/rollout';
import { MESSAGES } from '../../../server/texts';
import { before, NOW } from '../views/fixtures/page';

const words: Words = { t: MESSAGES.id, f: createFormat('id', 'WIB', NOW), apps: [] };
const stage = (name: StageRecord['stage'], seconds: number | null): StageRecord => ({
  stage: name,
  state: seconds === null ? 'pending' : 'running',
  startedAt: seconds === null ? null : before(seconds),
  endedAt: null,
  deployments: [],
});
const rollout = (changes: Partial<Rollout>): Rollout => ({
  id: 'R',
  kind: 'update',
  state: 'rolling',
  stage: 'waves',
  title: '',
  policy: { waves: [], parallel: 4, soakSeconds: 60, haltAt: 2, acknowledged: [], hosts: {} },
  releases: {},
  stages: [stage('check', 900), stage('migrate', 800), stage('waves', 600)],
  planHash: '',
  reason: null,
  requestedBy: 'Rina',
  parallel: 4,
  lastSeq: 0,
  startedAt: new Date(before(900)),
  endedAt: null,
  createdAt: new Date(before(901)),
  ...changes,
});
const member = (at: number, state: MemberState, wave: number): Member => ({
  rolloutId: 'R',
  instanceId: String(at),
  kode: String(at),
  kecamatanKode: 'k',
  nama: String(at),
  kecamatan: 'K',
  app: 'opensid',
  position: at,
  wave,
  state,
  attempt: 0,
  deploymentId: null,
  fromReleaseId: null,
  toReleaseId: null,
  reason: null,
  step: 0,
  steps: 8,
});
const desa = (done: number, left: number, waves: readonly [done: number, left: number]): readonly Member[] => [
  ...Array.from({ length: done }, (_, at) => member(at, 'done', waves[0])),
  ...Array.from({ length: left }, (_, at) => member(done + at, 'pending', waves[1])),
];
const eta = (
  members: readonly Member[],
  changes: Partial<Rollout> = {},
  past: PastTimes = NO_PAST,
  silentSeconds = 0,
) => {
  const facts: BoardFacts = {
    rollout: rollout(changes),
    members,
    deployments: new Map(),
    versions: new Map(),
    overtaken: new Set(),
    hosts: new Map(),
    currentSteps: new Map(),
    events: [],
    lastSeq: 0,
    workerSeenAt: new Date(Date.parse(NOW) - silentSeconds * 1000),
    parallel: 4,
    past,
    load: { machine: 0, connections: null },
  };
  return etaOf(facts, groupByDesa(members), words, new Date(NOW));
};
const known: PastTimes = {
  rollouts: 3,
  stages: { check: 1, snapshot: 240, migrate: 9 },
  apps: { opensid: 40 },
  followUp: null,
};

test('nobody can tell yet: a dash, and no zone beside it', () => {
  expect(eta(desa(1, 9, [1, 2]))).toEqual({ time: '—', note: 'belum dapat dihitung', pace: '' });
});
test('before it has a pace of its own it goes by the runs before it', () => {
  const said = eta(desa(0, 400, [1, 1]), {}, known);
  expect(said.time).toMatch(/^\d\d\.\d\d$/);
  expect(said).toMatchObject({ note: 'WIB', pace: 'perkiraan dari 3 pelaksanaan terakhir' });
});
test('nobody foretells the end of a run whose worker has been silent for half a minute', () => {
  const members = desa(0, 400, [1, 1]);
  expect(eta(members, {}, known, 20).time).not.toBe('—');
  expect(eta(members, {}, known, 31).time).toBe('—');
});
test('a run that took longer than those before it foretells nothing', () => {
  expect(eta(desa(0, 4, [1, 1]), {}, known).time).toBe('—');
});
test('a range until the second wave is through, then a time and how far off', () => {
  // 40 desa in 10 minutes, 60 left: 15 minutes ± 15/√40.
  expect(eta(desa(40, 60, [1, 2])).time).toBe('21.13');
  const waves = [...desa(4, 6, [1, 2]), member(99, 'pending', 3)];
  expect(eta(waves)).toMatchObject({ time: expect.stringMatching(/^\d\d\.\d\d–\d\d\.\d\d$/) as string, note: 'WIB' });
  expect(eta(desa(40, 60, [2, 3]))).toEqual({ time: '21.13', note: 'WIB ± 2 mnt', pace: '4,0 desa per menit' });
});
test.each(['paused', 'halted'] as const)('%s: its end hangs on a person', (state) => {
  expect(eta(desa(40, 60, [2, 3]), { state }, known).time).toBe('—');
});
test('over: when, and how long it took', () => {
  const ended = { state: 'completed', endedAt: new Date(before(0)) } as const;
  expect(eta(desa(10, 0, [1, 1]), ended)).toEqual({ time: '20.58', note: 'WIB', pace: 'berlangsung 15 mnt' });
});
