import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { request } from 'node:https';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import Docker from 'dockerode';
import { LABEL, type ProxyState, type TargetSession } from '../../../provisioners/contracts';
import { makeInternalCa } from '../../../provisioners/lib/internal-ca';
import {
  checkInContainer,
  INSIDE,
  makeHaproxy,
  proxyWorkload,
  type Haproxy,
} from '../../../provisioners/proxies/haproxy';
import { target } from '../../../provisioners/targets/docker';
import { startUpstreams, type Upstreams } from '../../helpers/local-haproxy';
import { freePort, makeServerFolder } from '../../helpers/private-server';

const HOST = 'klirong.kec-klirong.example';
const docker = new Docker({ socketPath: '/var/run/docker.sock' });

/** This machine as the containers of a network see it: the first address. */
const hostIn = (subnet: string): string => subnet.replace(/\.\d+\/\d+$/, '.1');

/** A proxy image of any installation on this engine. */
const proxyImage = async (): Promise<string> => {
  const [image] = await docker.listImages({ filters: { label: [`${LABEL.role}=proxy`] } });
  if (image === undefined) throw new Error('This test needs the proxy image: build the images first');
  return image.Id;
};

describe('the proxy in its container', () => {
  const name = `t-proxy-${randomBytes(4).toString('hex')}`;
  const home = makeServerFolder('sp-proxy-');
  const [folder, runFolder] = [join(home, 'proxy'), join(home, 'run')];
  let session: TargetSession;
  let proxy: Haproxy;
  let apps: Upstreams;
  let dashboard: Upstreams;
  let ports: { http: number; https: number };
  let state: ProxyState;

  const ask = async (host: string, path: string): Promise<{ status: number; text: string }> => {
    const ca = await proxy.caCertificate();
    return new Promise((resolveAnswer, reject) => {
      const sent = request(
        { host: '127.0.0.1', port: ports.https, path, servername: host, ca, agent: false, headers: { host } },
        (answer) => {
          let text = '';
          answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
          answer.on('end', () => resolveAnswer({ status: answer.statusCode ?? 0, text }));
        },
      );
      sent.on('error', reject);
      sent.end();
    });
  };
  const awaitAlive = async (alive: boolean): Promise<void> => {
    for (let tries = 0; tries < 400 && (await proxy.facts()).alive !== alive; tries += 1) await pause(25);
    expect((await proxy.facts()).alive).toBe(alive);
  };

  beforeAll(async () => {
    session = await target.connect({ url: 'unix:///var/run/docker.sock' }, name);
    ports = { http: await freePort(), https: await freePort() };
    const network = await session.ensureNetwork({ name, labels: { [LABEL.role]: 'network' }, internal: false });
    apps = await startUpstreams();
    proxy = makeHaproxy({
      folder,
      runFolder,
      runFolderInside: INSIDE.runFolder,
      listen: { http: INSIDE.http, https: INSIDE.https },
      publicPorts: ports,
      pages: resolve('deploy-templates/proxy/pages'),
      ca: makeInternalCa(join(home, 'ca'), 'SiapPakai CA test'),
      check: checkInContainer(session, name, INSIDE.folder),
    });
    await proxy.prepare();
    dashboard = await startUpstreams(join(runFolder, 'dasbor.sock'));
    await session.ensureWorkload(
      proxyWorkload({
        name,
        image: await proxyImage(),
        installation: name,
        folder,
        runFolder,
        publish: { host: '127.0.0.1', ...ports },
        networks: [{ network: network.name }],
      }),
    );
    await awaitAlive(true);
    state = {
      routes: [
        {
          id: 'klirong',
          hosts: [HOST],
          path: '/',
          slots: { a: `${hostIn(network.subnet)}:${apps.port}`, b: null },
          active: 'a',
          mode: 'open',
        },
      ],
      redirects: [],
      dashboard: null,
    };
  }, 60_000);
  afterAll(async () => {
    await session.remove(name);
    await session.removeNetwork(name);
    await session.close();
    await apps.close();
    await dashboard.close();
    await rm(home, { recursive: true, force: true });
  }, 30_000);

  it('routes, reloads and comes back by itself after kill -9, with root but without capabilities', async () => {
    await proxy.ensureCertificates([HOST, 'dasbor.example']);
    expect(await proxy.apply(state)).toBe('runtime');
    expect((await ask(HOST, '/')).status).toBe(200);
    const withDashboard = { ...state, dashboard: { host: 'dasbor.example', socket: join(runFolder, 'dasbor.sock') } };
    expect(await proxy.apply(withDashboard)).toBe('reloaded');
    expect(JSON.parse((await ask('dasbor.example', '/desa')).text)).toMatchObject({ url: '/desa' });
    const before = await session.inspect(name);
    process.kill(before?.pid ?? 0, 'SIGKILL');
    for (let tries = 0; tries < 200 && (await session.inspect(name))?.pid === before?.pid; tries += 1) await pause(25);
    await awaitAlive(true);
    expect((await ask(HOST, '/')).status).toBe(200);
    await expect(ask('tidak.example', '/')).rejects.toThrow(/altnames/);
    expect(await proxy.apply(withDashboard)).toBe('unchanged');
    const { HostConfig, Config } = await docker.getContainer(name).inspect();
    expect(HostConfig).toMatchObject({
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      RestartPolicy: { Name: 'always' },
    });
    expect(HostConfig.CapAdd ?? []).toEqual([]);
    expect(JSON.stringify(Config)).not.toContain('PRIVATE');
  }, 60_000);

  it('refuses a socket the container cannot see, and says unreachable while it is stopped', async () => {
    await expect(
      proxy.apply({ ...state, dashboard: { host: 'dasbor.example', socket: '/run/lain.sock' } }),
    ).rejects.toMatchObject({ code: 'invalid' });
    await session.stop(name, 5);
    await expect(proxy.apply({ ...state, routes: [] })).rejects.toMatchObject({ code: 'unreachable' });
    await session.start(name);
    await awaitAlive(true);
    expect((await ask(HOST, '/')).status).toBe(200);
  }, 60_000);
});
