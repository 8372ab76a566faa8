import type { LiveType } from '../../../server/domain/live-events';
import { MESSAGES } from '../../../server/texts';
import { newsLine } from '../../../server/texts/news';

const line = (type: LiveType, body: Readonly<Record<string, unknown>>) =>
  newsLine(
    MESSAGES.id,
    type,
    body,
    () => '6 dtk',
    (app) => ({ opensid: 'OpenSID', pbb: 'PBB' })[app] ?? app,
  );
const twin = (kecamatan: string, app: string, state: string) => ({
  ...{
    kode: 'x',
    nama: 'Bumirejo',
    kecamatan,
    app,
    state,
    step: 1,
    steps: 8,
    seconds: 6,
    serving: null,
    failedProbes: 0,
  },
  reason: ['quarantined', 'skipped'].includes(state)
    ? { code: 'busy', params: { rollout: '01J', kind: 'update' } }
    : null,
});

it.each([
  'running',
  'soaking',
  'done',
  'quarantined',
  'failed',
  'down',
  'unmeasured',
  'skipped',
  'rolling_back',
  'rolled_back',
  'cancelled',
])('twins can be told apart while %s', (state) => {
  const [left, right] = ['Puring', 'Kebumen'].map((kecamatan) => line('member.state', twin(kecamatan, 'pbb', state)));
  expect([left?.who, right?.who]).toEqual(['Bumirejo, Puring', 'Bumirejo, Kebumen']);
  expect(left?.text.startsWith('PBB ')).toBe(true);
});
it('a switch names them too', () => {
  const body = { ...twin('Puring', 'opensid', 'done'), kind: 'switch_traffic' };
  expect(line('member.step', body)).toMatchObject({
    who: 'Bumirejo, Puring',
    text: expect.stringMatching(/^OpenSID /) as string,
  });
});
it('a reason names the other rollout', () => {
  expect(line('member.state', twin('Puring', 'pbb', 'skipped'))?.text).toContain('masih ikut Pembaruan 01J');
});
it('what is about the whole names nobody', () => {
  expect(line('rollout.state', { state: 'halted', stage: 'waves', reason: null, by: null })?.who).toBe('');
});
