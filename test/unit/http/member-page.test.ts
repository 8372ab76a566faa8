import type { Member, Rollout } from '../../../server/domain/rollout';
import type { Observed } from '../../../server/domain/instance';
import type { StepRow } from '../../../server/domain/step';
import { createFormat } from '../../../server/http/format';
import { memberPage } from '../../../server/http/pages/member';
import type { Words } from '../../../server/http/pages/words';
import { MESSAGES } from '../../../server/texts';
import { before, NOW } from '../views/fixtures/page';

const words: Words = { t: MESSAGES.id, f: createFormat('id', 'WIB', NOW), apps: [] };
const rollout: Rollout = {
  id: 'R',
  kind: 'update',
  state: 'rolling',
  stage: 'waves',
  title: 'Pembaruan',
  policy: { waves: [], parallel: 4, soakSeconds: 60, haltAt: 2, acknowledged: [], hosts: {} },
  releases: {},
  stages: [],
  planHash: '',
  reason: null,
  requestedBy: 'Rina',
  parallel: 4,
  lastSeq: 0,
  startedAt: new Date(before(900)),
  endedAt: null,
  createdAt: new Date(before(901)),
};
const member: Member = {
  rolloutId: 'R',
  instanceId: 'I',
  kode: '33.05.12.2016',
  kecamatanKode: '33.05.12',
  nama: 'Wonosari',
  kecamatan: 'Kebumen',
  app: 'opensid',
  position: 0,
  wave: 4,
  state: 'quarantined',
  attempt: 0,
  deploymentId: 'D',
  fromReleaseId: 'old',
  toReleaseId: 'new',
  reason: { code: 'wrong_identity', params: { observed: '33.05.22.2003' } },
  step: 3,
  steps: 8,
};
const step = (position: number, kind: StepRow['kind'], rest: Partial<StepRow> = {}): StepRow => ({
  position,
  kind,
  state: 'pending',
  attempt: 1,
  output: null,
  reason: null,
  startedAt: null,
  endedAt: null,
  ...rest,
});
const page = (steps: readonly StepRow[], seen: Observed = 'healthy') =>
  memberPage(
    {
      rollout,
      members: [member],
      deployments: new Map(),
      versions: new Map([['new', '2611.0.0']]),
      overtaken: new Set(),
      member,
      siblings: [member],
      host: 'h',
      seen,
      deployment: null,
      steps,
      log: [],
    },
    words,
    { place: 'page', publicUrl: (host) => `https://${host}/` },
  );

test('a release that failed before the switch shows what was expected and what was seen, and names the step of its log', () => {
  const model = page([
    step(2, 'start_release', { state: 'done' }),
    step(3, 'await_healthy', { state: 'failed', reason: member.reason }),
    step(4, 'switch_traffic'),
    step(5, 'verify_public'),
  ]);
  expect(model.proofs.find((one) => one.ok === false)).toMatchObject({
    expected: '33.05.12.2016',
    observed: '33.05.22.2003',
  });
  expect(model.log.title).toBe('Log langkah 4');
});
test('nothing was seen yet: nothing is shown as seen', () => {
  expect(page([step(3, 'await_healthy', { state: 'running' }), step(5, 'verify_public')]).proofs).toEqual([]);
});
test('whoever is down now is not said to be served, whatever the update says', () => {
  expect([page([]).isDown, page([], 'down').isDown]).toEqual([false, true]);
});
