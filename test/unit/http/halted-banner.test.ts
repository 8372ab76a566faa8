import type { Member, MemberState, Rollout } from '../../../server/domain/rollout';
import { createFormat } from '../../../server/http/format';
import { bannerOf } from '../../../server/http/pages/board-acts';
import { groupByDesa } from '../../../server/http/pages/rollout-facts';
import type { BoardFacts } from '../../../server/services/read-models/board-model';
import { NO_PAST } from '../../../server/domain/rollout-estimate';
import { MESSAGES, type Locale } from '../../../server/texts';
import { before, NOW } from '../views/fixtures/page';

const rollout: Rollout = {
  id: 'R',
  kind: 'update',
  state: 'halted',
  stage: 'waves',
  title: '',
  policy: { waves: [], parallel: 4, soakSeconds: 60, haltAt: 2, acknowledged: [], hosts: {} },
  releases: {},
  stages: [],
  planHash: '',
  reason: { code: 'http_status', params: { status: 500, count: 2 } },
  requestedBy: 'Rina',
  parallel: 4,
  lastSeq: 0,
  startedAt: new Date(before(900)),
  endedAt: null,
  createdAt: new Date(before(901)),
};
const member = (state: MemberState, at: number): Member => ({
  ...{ rolloutId: 'R', instanceId: String(at), kode: String(at), kecamatanKode: 'k', nama: String(at), kecamatan: 'K' },
  ...{ app: 'opensid', position: at, wave: 1, state, attempt: 0, deploymentId: null, fromReleaseId: 'a' },
  ...{ toReleaseId: 'b', reason: null, step: 0, steps: 8 },
});
const HALT = {
  stream: 'rollout:R',
  seq: 3,
  type: 'rollout.state',
  body: { state: 'halted' },
  at: new Date(before(60)),
};

/** The banner of a board that halted with its desa in these states. */
const banner = (locale: Locale, states: readonly MemberState[], more: Partial<BoardFacts> = {}) => {
  const members = states.map(member);
  const facts: BoardFacts = {
    overtaken: new Set<string>(),
    ...{ rollout, members, deployments: new Map(), versions: new Map(), hosts: new Map(), currentSteps: new Map() },
    ...{ events: [HALT], lastSeq: 3, workerSeenAt: null, parallel: 4, past: NO_PAST },
    load: { machine: 0, connections: null },
    ...more,
  };
  const words = { t: MESSAGES[locale], f: createFormat(locale, 'WIB', NOW), apps: [] };
  return bannerOf(facts, groupByDesa(members), words, new Date(NOW));
};

test('nobody is hurt: who stays on the old version, who is done, who was not touched', () => {
  const said = banner('id', ['quarantined', 'quarantined', 'failed', 'done', 'pending', 'pending']);
  expect(said).toMatchObject({
    tone: 'act',
    who: 'Tidak ada warga. 3 desa itu tetap di versi lama. 1 desa sudah selesai dan menjawab, 2 desa belum disentuh.',
    next: MESSAGES.id.rollouts.board.halted.next,
    code: 'http_status',
  });
  expect(said?.title).toMatch(/^Berhenti sendiri pukul \d\d\.\d\d: galat yang sama muncul di 2 desa$/);
  expect(said?.what).toContain('HTTP 500');
});

test('sites are down: their citizens come first, and it is red', () => {
  const said = banner('id', ['down', 'down', 'quarantined', 'done', 'pending']);
  expect(said).toMatchObject({
    tone: 'down',
    who: 'Warga 2 desa tidak terlayani. 1 desa gagal tetap di versi lama, 1 desa sudah selesai, 1 desa belum disentuh.',
  });
  expect(banner('en', ['down'])?.who).toBe(
    'Citizens of 1 desa are not served. 0 desa that failed stay on the old version, 0 are done, 0 are untouched.',
  );
});

test('without its event no hour is made up; without a count those that failed are counted', () => {
  const counted = { ...rollout, reason: { code: 'http_status', params: { status: 500 } } };
  const said = banner('id', ['quarantined', 'down', 'failed', 'done'], { events: [], rollout: counted });
  expect(said?.title).toBe('Berhenti sendiri: galat yang sama muncul di 3 desa');
});
