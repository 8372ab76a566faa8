import type { Deployment } from '../../../server/domain/deployment';
import type { Member, Rollout } from '../../../server/domain/rollout';
import { createFormat } from '../../../server/http/format';
import { reportPage } from '../../../server/http/pages/report';
import type { Words } from '../../../server/http/pages/words';
import { MESSAGES } from '../../../server/texts';
import { before, NOW } from '../views/fixtures/page';

const words: Words = { t: MESSAGES.id, f: createFormat('id', 'WIB', NOW), apps: [] };
const wish = { kabupaten: 'Kabupaten Kebumen', office: 'Diskominfo', turns: [] };
const rollout: Rollout = {
  id: 'R',
  kind: 'restart',
  state: 'completed',
  stage: 'report',
  title: 'Mulai ulang',
  policy: { waves: [], parallel: 4, soakSeconds: 60, haltAt: 2, acknowledged: [], hosts: {} },
  releases: {},
  stages: [],
  planHash: '',
  reason: null,
  requestedBy: 'Rina',
  parallel: 4,
  lastSeq: 0,
  startedAt: new Date(before(900)),
  endedAt: new Date(NOW),
  createdAt: new Date(before(901)),
};
const member = (at: number): Member => ({
  rolloutId: 'R',
  instanceId: String(at),
  kode: String(at),
  kecamatanKode: 'k',
  nama: String(at),
  kecamatan: 'K',
  app: 'opensid',
  position: at,
  wave: 1,
  state: 'done',
  attempt: 0,
  deploymentId: String(at),
  fromReleaseId: null,
  toReleaseId: null,
  reason: null,
  step: 8,
  steps: 8,
});
const took = (at: number, seconds: number): Deployment => ({
  id: String(at),
  subjectKind: 'instance',
  subjectId: String(at),
  rolloutId: 'R',
  kind: 'restart',
  fromReleaseId: null,
  toReleaseId: null,
  state: 'succeeded',
  reason: null,
  position: 8,
  leaseOwner: null,
  leaseEpoch: 1,
  cancelRequestedAt: null,
  startedAt: new Date(before(600)),
  endedAt: new Date(before(600 - seconds)),
  probes: { sent: 0, failed: 0, held: 0 },
});
const report = (seconds: readonly number[]) =>
  reportPage(
    {
      rollout,
      members: seconds.map((_, at) => member(at)),
      deployments: new Map(seconds.map((one, at) => [String(at), took(at, one)] as const)),
      versions: new Map(),
      overtaken: new Set(),
    },
    words,
    wish,
  );

test('says how long the middle one, ninety-five of a hundred and the slowest took, whatever their order', () => {
  const hundred = Array.from({ length: 100 }, (_, at) => ((at * 37) % 100) + 1);
  expect(report(hundred)).toMatchObject({ medianSeconds: 51, p95Seconds: 95, longestSeconds: 100 });
  expect(report([7])).toMatchObject({ medianSeconds: 7, p95Seconds: 7, longestSeconds: 7 });
});

test('says nothing of times when nobody ended', () => {
  expect(report([])).toMatchObject({ medianSeconds: null, p95Seconds: null, longestSeconds: null });
});
