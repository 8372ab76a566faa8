import { createConnection } from 'mysql2/promise';
import { isDatabaseAway } from '../../../server/rollouts/step-error';

it('takes a server whose socket is not there for one that is away, and a missing file for a missing file', async () => {
  const refused: unknown = await createConnection({ socketPath: '/nonexistent/mysqld.sock', user: 'x' }).catch(
    (error: unknown) => error,
  );
  expect(refused).toMatchObject({ code: 'ENOENT' });
  expect(isDatabaseAway(refused)).toBe(true);
  const missing = Object.assign(new Error('no such file'), { code: 'ENOENT', errno: -2, syscall: 'open' });
  expect(isDatabaseAway(missing)).toBe(false);
});
