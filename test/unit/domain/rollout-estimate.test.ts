import { estimateOf, middleOf, NO_PAST, type PastTimes } from '../../../server/domain/rollout-estimate';

const past: PastTimes = {
  rollouts: 3,
  stages: { check: 2, snapshot: 240, migrate: 9 },
  apps: { opensid: 40, api: 20 },
  followUp: 30,
};
const members = (desa: number, wave = 1, apps: readonly string[] = ['opensid', 'api']) =>
  Array.from({ length: desa }, (_, at) => apps.map((app) => ({ kode: `${wave}.${at}`, app, wave }))).flat();
const ahead = { kind: 'update', migrates: true, policy: { parallel: 4, soakSeconds: 60 } } as const;

test('nothing like it was seen: nobody can tell', () => {
  expect(estimateOf({ ...ahead, members: members(3) }, NO_PAST)).toEqual({
    rollouts: 0,
    check: null,
    snapshot: null,
    migrate: null,
    waves: null,
    total: null,
  });
});
test('one app was never changed: its waves and the whole are unknown, the rest is not', () => {
  const estimate = estimateOf({ ...ahead, members: members(3, 1, ['opensid', 'pbb']) }, past);
  expect(estimate).toMatchObject({ check: 2, snapshot: 240, migrate: 9, waves: null, total: null });
});
test('one desa: its apps follow each other, each is watched', () => {
  expect(estimateOf({ ...ahead, members: members(1) }, past).waves).toBe(40 + 60 + 20 + 60);
});
test('many desa share the slots, and every wave waits for the one before', () => {
  const both = estimateOf({ ...ahead, members: [...members(1, 1), ...members(400, 2)] }, past);
  expect(both.waves).toBe(180 + (400 * 60) / 4 + 60);
  expect(both.total).toBe(2 + 240 + 9 + (both.waves ?? 0));
});
test('a structure that stays needs neither dump nor migration', () => {
  const estimate = estimateOf({ ...ahead, migrates: false, members: members(1) }, { ...past, stages: { check: 2 } });
  expect(estimate).toMatchObject({ snapshot: null, migrate: null, total: 2 + 180 });
});
test('an installation is not watched, prepares and follows up once', () => {
  const estimate = estimateOf({ ...ahead, kind: 'install', members: members(8) }, past);
  expect(estimate.waves).toBe((8 * 60) / 4 + 30);
  expect(estimate).toMatchObject({ snapshot: 0, migrate: 9 });
});
test('the middle does not follow one slow desa', () => {
  expect(middleOf([41, 39, 4000])).toBe(41);
  expect(middleOf([])).toBeNull();
});
