import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ProvisionError } from '../../../provisioners/contracts';
import { openEngine } from '../../../provisioners/targets/docker/engine';
import { removeById } from '../../../provisioners/targets/docker/workloads';

/** An engine that fails to remove `busy` times, then does; `state` is what it says of the container meanwhile. */
const stubbornEngine = (busy: number, state: string): Server & { removals: number } => {
  let left = busy;
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    if (request.method === 'DELETE') {
      counted.removals += 1;
      response.statusCode = left > 0 ? 500 : 204;
      left -= 1;
      response.end(response.statusCode === 500 ? '{"message":"device or resource busy"}' : '');
      return;
    }
    response.end(JSON.stringify({ Id: 'x', State: { Status: state, Dead: state === 'dead' } }));
  });
  const counted = Object.assign(server, { removals: 0 });
  return counted;
};

const withEngine = async (server: Server, act: (url: string) => Promise<void>): Promise<void> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    await act(`tcp://127.0.0.1:${String(port)}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
};

describe('removing a container', () => {
  test('a mount that is busy for a moment is tried again until the dead container is gone', async () => {
    const server = stubbornEngine(3, 'dead');
    await withEngine(server, (url) => removeById(openEngine({ url }, 't-dead'), 'x'));
    expect(server.removals).toBe(4);
  });

  test('a failure that leaves the container running is told at once', async () => {
    const server = stubbornEngine(3, 'running');
    await withEngine(server, async (url) => {
      await expect(removeById(openEngine({ url }, 't-dead'), 'x')).rejects.toBeInstanceOf(ProvisionError);
    });
    expect(server.removals).toBe(1);
  });
});
