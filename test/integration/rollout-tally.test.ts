import { TERMINAL } from '../../server/domain/actor';
import { MEMBER_STATES, type RolloutState } from '../../server/domain/rollout';
import { createFormat } from '../../server/http/format';
import { rolloutRow, tallyRow } from '../../server/http/pages/rollout-facts';
import type { Words } from '../../server/http/pages/words';
import { memberStateEvent } from '../../server/rollouts/member-events';
import { BoardModel } from '../../server/services/read-models/board-model';
import { MESSAGES } from '../../server/texts';
import { FAKE_APPS } from '../helpers/fake-apps';
import { startControlDatabase, type ControlDatabase } from '../helpers/control-database';

jest.setTimeout(60_000);
let control: ControlDatabase;
const read = () => control.transactor.read;
const words: Words = {
  t: MESSAGES.id,
  f: createFormat('id', 'WIB', '2026-11-21T13:58:14.000Z'),
  apps: [...FAKE_APPS.values()],
};
const idOf = (prefix: string, index: number): string => `${prefix}${String(index).padStart(26 - prefix.length, '0')}`;
const releases = ['A', 'B', 'C'].map((one) => idOf('01REL', one.charCodeAt(0)));

const addRollout = async (
  index: number,
  state: RolloutState,
  desa: number,
  apps: readonly string[],
): Promise<string> => {
  const id = idOf('01ROLL', index);
  const kind = index % 3 === 0 ? 'restart' : 'update';
  await read()
    .knex('rollouts')
    .insert({
      id,
      kind,
      state,
      stage: 'waves',
      title: '',
      policy: JSON.stringify({ waves: [1, 2], parallel: 4, soakSeconds: 0, haltAt: 2, acknowledged: [], hosts: {} }),
      releases: JSON.stringify(kind === 'update' ? { opensid: releases[2] } : {}),
      stages: '[]',
      plan_hash: 'x'.repeat(64),
      requested_by: 'test',
      parallel: 4,
      ended_at: state === 'completed' ? '2026-11-20 01:00:00.000' : null,
    });
  await read().rollouts.addMembers(
    Array.from({ length: desa }, (_, place) =>
      apps.map((app, at) => ({
        rolloutId: id,
        instanceId: idOf(`I${index}X${at}`, place),
        kode: `33.05.05.${2001 + place}`,
        kecamatanKode: '33.05.05',
        nama: `Desa ${place}`,
        kecamatan: 'Klirong',
        app,
        position: place * apps.length + at,
        wave: place === 0 ? 1 : place < 3 ? 2 : 3,
        fromReleaseId: releases[place % 5 === 0 ? 0 : 1] ?? null,
        toReleaseId: releases[2] ?? null,
        state: MEMBER_STATES[(place * 7 + at * 3 + index) % MEMBER_STATES.length] ?? 'pending',
      })),
    ).flat(),
  );
  return id;
};

beforeAll(async () => {
  control = await startControlDatabase();
  for (const [index, id] of releases.entries())
    await read()
      .knex('releases')
      .insert({
        id,
        app: 'opensid',
        version: `24${index}.0.0`,
        channel: 'umum',
        state: 'ready',
        source: 's',
        requested_by: 't',
      });
});
afterAll(() => control.stop());

test('what the database counts is what counting the members gives', async () => {
  const model = new BoardModel(control.transactor);
  const apps = [...FAKE_APPS.keys()];
  await addRollout(1, 'rolling', 40, apps);
  await addRollout(2, 'completed', 25, apps.slice(0, 2));
  await addRollout(3, 'halted', 1, apps);
  await addRollout(4, 'completed', 1, apps.slice(0, 1));
  await addRollout(5, 'completed', 0, []);
  const { rows, total } = await model.list(TERMINAL, 1, 10);
  expect(total).toBe(5);
  for (const tally of rows) {
    const facts = await model.board(TERMINAL, tally.rollout.id);
    expect(tallyRow(tally, words)).toEqual(rolloutRow(facts, words));
  }
});

test.each([
  ['is over', 4],
  ['runs', 1],
] as const)('one that %s is counted again when it changed', async (_, at) => {
  const model = new BoardModel(control.transactor);
  const id = idOf('01ROLL', at);
  const countsOf = async () => {
    const { rows } = await model.list(TERMINAL, 1, 10);
    const found = rows.find((one) => one.rollout.id === id);
    return found === undefined ? undefined : tallyRow(found, words).counts;
  };
  const before = await countsOf();
  const members = await read().rollouts.members(id);
  const own = members.filter((one) => one.kode === members[0]?.kode);
  const state = own.every((one) => one.state === 'done') ? 'failed' : 'done';
  await control.transactor.run(async (stores) => {
    for (const member of own) await stores.rollouts.setMember(id, member.instanceId, { state });
    await stores.events.append(own.map((member) => memberStateEvent(member, null, null)));
  });
  const after = await countsOf();
  expect(after).not.toEqual(before);
  expect(after).toEqual(rolloutRow(await model.board(TERMINAL, id), words).counts);
});
