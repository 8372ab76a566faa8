import { createServer, type Server } from 'node:http';
import { AppError } from '../../server/domain/errors';
import { awaitWeb } from '../../server/parts/web-answer';
import { freePort } from '../helpers/private-server';

let server: Server | null = null;
afterEach(async () => {
  await new Promise((resolve) => (server === null ? resolve(null) : server.close(resolve)));
  server = null;
});
const answering = (status: () => number): Server =>
  (server = createServer((_request, response) => response.writeHead(status()).end()));

it('waits until the dashboard answers, not only until its process lives', async () => {
  const port = await freePort();
  let answered = 0;
  const late = setTimeout(() => answering(() => (++answered < 3 ? 503 : 200)).listen(port, '127.0.0.1'), 300);
  await awaitWeb({ dashboardPort: port, log: '/log/web.log', forMs: 10_000 });
  clearTimeout(late);
  expect(answered).toBe(3);
});

it('says where to look when it never does', async () => {
  const waiting = awaitWeb({ dashboardPort: await freePort(), log: '/log/web.log', forMs: 300 });
  const error: unknown = await waiting.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(AppError);
  expect(error).toMatchObject({ code: 'part_not_starting', params: { part: 'web', log: '/log/web.log' } });
});

it('is not held up by a server that takes the question and never answers', async () => {
  const port = await freePort();
  server = createServer(() => undefined);
  await new Promise<void>((resolve) => server?.listen(port, '127.0.0.1', resolve));
  await expect(awaitWeb({ dashboardPort: port, log: '', forMs: 500 })).rejects.toThrow(AppError);
  server.closeAllConnections();
}, 20_000);
