import type { Member } from '../../../server/domain/rollout';
import { changedMembers } from '../../../server/http/pages/board-acts';

type Facts = Parameters<typeof changedMembers>[0];
const member = (instanceId: string, state: Member['state'], from = 'old'): Member =>
  ({ instanceId, kode: instanceId, state, fromReleaseId: from, toReleaseId: 'new' }) as Member;
const facts = (overtaken: readonly string[], members: readonly Member[]): Facts =>
  ({ rollout: { kind: 'update' }, members, overtaken: new Set(overtaken) }) as unknown as Facts;

test('only who changed can go back, and only who has not moved on since', () => {
  const members = [member('a', 'done'), member('b', 'done'), member('c', 'quarantined'), member('d', 'done', 'new')];
  expect(changedMembers(facts([], members)).map((one) => one.instanceId)).toEqual(['a', 'b']);
  expect(changedMembers(facts(['b'], members)).map((one) => one.instanceId)).toEqual(['a']);
  expect(changedMembers(facts(['a', 'b'], members))).toEqual([]);
});
