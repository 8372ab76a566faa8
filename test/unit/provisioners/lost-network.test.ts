import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ProvisionError } from '../../../provisioners/contracts';
import { openEngine } from '../../../provisioners/targets/docker/engine';
import { dropNetwork } from '../../../provisioners/targets/docker/networks';

/** An engine that refuses to remove a network `times` times, with `containers` on it meanwhile. */
const engineThatRefuses = (times: number, containers: object): { readonly server: Server; removals: number } => {
  const said = {
    removals: 0,
    server: createServer((request, response) => {
      response.setHeader('content-type', 'application/json');
      if (request.method !== 'DELETE') {
        response.end(JSON.stringify({ Id: 'n', Containers: containers }));
        return;
      }
      said.removals += 1;
      response.statusCode = said.removals <= times ? 403 : 204;
      response.end(response.statusCode === 403 ? '{"message":"network n has active endpoints"}' : '');
    }),
  };
  return said;
};
const remove = async (server: Server): Promise<unknown> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    return await dropNetwork(openEngine({ url: `tcp://127.0.0.1:${String(port)}` }, 't'), 'n').catch(
      (error: unknown) => error,
    );
  } finally {
    server.closeAllConnections();
    server.close();
  }
};

test('an end that leaves a moment later is waited for', async () => {
  const engine = engineThatRefuses(2, {});
  expect(await remove(engine.server)).toBeUndefined();
  expect(engine.removals).toBe(3);
});
test('a network the engine wrongly counts as used keeps nobody from clearing the rest', async () => {
  const engine = engineThatRefuses(99, {});
  expect(await remove(engine.server)).toBeUndefined();
  expect(engine.removals).toBeGreaterThan(3);
});
test('one with a container on it is refused at once', async () => {
  const engine = engineThatRefuses(99, { c: { Name: 'siapa' } });
  expect(await remove(engine.server)).toMatchObject({ code: 'refused' } satisfies Partial<ProvisionError>);
  expect(engine.removals).toBe(1);
});
