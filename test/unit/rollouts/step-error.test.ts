import { asReason, isDatabaseAway } from '../../../server/rollouts/step-error';

/** As mysql2 makes it: no code, and the connection is of no use any more. */
const closed = Object.assign(new Error("Can't add new command when connection is in closed state"), { fatal: true });

it('a connection that was cut is tried again, also when it was cut before the command was sent', () => {
  expect(isDatabaseAway(closed)).toBe(true);
  expect(asReason(closed)).toMatchObject({ reason: { code: 'provision_unreachable' }, transient: true });
});
it('what is fatal for another reason is none of that', () => {
  const refused = Object.assign(new Error('Access denied'), { fatal: true, code: 'ER_ACCESS_DENIED_ERROR' });
  expect(isDatabaseAway(refused)).toBe(false);
  expect(isDatabaseAway(new Error('other'))).toBe(false);
});
