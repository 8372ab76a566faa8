import { execFile } from 'node:child_process';
import { appendFile, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { connect, type PeerCertificate } from 'node:tls';
import { promisify } from 'node:util';
import type { ProxyRoute, ProxyState } from '../../provisioners/contracts';
import { makeInternalCa } from '../../provisioners/lib/internal-ca';
import { socketCommand } from '../../provisioners/proxies/haproxy/command-socket';
import { startLocalHaproxy, startUpstreams, type LocalHaproxy, type Upstreams } from '../helpers/local-haproxy';

const HOST = 'klirong.kec-klirong.example';
const TWIN = 'bumirejo.kec-puring.example';

describe('what the proxy is made of', () => {
  let local: LocalHaproxy;
  let apps: Upstreams;
  let dashboard: Upstreams;
  let state: ProxyState;
  const route = (host: string, address: string): ProxyRoute => ({
    id: host.slice(0, 8),
    hosts: [host],
    path: '/',
    slots: { a: `${address}:${apps.port}`, b: null },
    active: 'a',
    mode: 'open',
  });
  const socket = (): string => join(local.runFolder, 'dasbor.sock');
  const withDashboard = (): ProxyState => ({ ...state, dashboard: { host: 'dasbor.example', socket: socket() } });
  const served = async (host: string): Promise<string | undefined> =>
    (await local.get(host, '/')).seen?.address.split(':')[0];
  const plain = (host: string, path: string): Promise<{ status: number; location: string | undefined; text: string }> =>
    new Promise((resolve, reject) => {
      const sent = request(
        { host: '127.0.0.1', port: local.ports.http, path, agent: false, headers: { host } },
        (answer) => {
          let text = '';
          answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
          answer.on('end', () => resolve({ status: answer.statusCode ?? 0, location: answer.headers.location, text }));
        },
      );
      sent.on('error', reject);
      sent.end();
    });
  const certificateOf = (servername: string): Promise<PeerCertificate> =>
    new Promise((resolve, reject) => {
      const tls = connect({ host: '127.0.0.1', port: local.ports.https, servername, rejectUnauthorized: false }, () => {
        resolve(tls.getPeerCertificate());
        tls.destroy();
      });
      tls.on('error', reject);
    });

  beforeEach(async () => {
    local = await startLocalHaproxy();
    apps = await startUpstreams();
    dashboard = await startUpstreams(socket());
    state = {
      routes: [route(HOST, '127.0.4.1'), route(TWIN, '127.0.4.2')],
      redirects: [{ from: 'lama.example', to: HOST }],
      dashboard: null,
    };
    await local.proxy.ensureCertificates([HOST, TWIN, 'dasbor.example']);
    await local.proxy.apply(state);
  }, 20_000);
  afterEach(async () => {
    await local.close();
    await apps.close();
    await dashboard.close();
  });

  it('is refused when it is broken, and the good one stays in file and process', async () => {
    const before = await readFile(join(local.folder, 'haproxy.cfg'), 'utf8');
    const facts = await local.proxy.facts();
    await appendFile(join(local.folder, 'certificates.list'), 'certificates/tidak-ada.pem\n');
    await expect(local.proxy.apply(withDashboard())).rejects.toMatchObject({
      code: 'invalid',
      details: { output: expect.stringContaining('tidak-ada.pem') as string },
    });
    expect(await readFile(join(local.folder, 'haproxy.cfg'), 'utf8')).toBe(before);
    expect((await readdir(local.folder)).filter((name) => name.includes('next'))).toEqual([]);
    expect(await local.proxy.facts()).toEqual(facts);
    expect(await served(HOST)).toBe('127.0.4.1');
    await local.proxy.ensureCertificates([]);
    expect(await local.proxy.apply(withDashboard())).toBe('reloaded');
  });

  it('puts right what a hand changed', async () => {
    const runtime = join(local.runFolder, 'runtime.sock');
    const [one, other] = [`open|127.0.4.1|${apps.port}|klirong.`, `open|127.0.4.2|${apps.port}|bumirejo`];
    await socketCommand(
      runtime,
      `set map routes.map ${HOST}/ ${other};set map routes.map ${TWIN}/ ${one};del map routes.map lama.example/`,
    );
    expect([await served(HOST), await served(TWIN)]).toEqual(['127.0.4.2', '127.0.4.1']);
    expect(await local.proxy.apply(state)).toBe('runtime');
    expect([await served(HOST), await served(TWIN)]).toEqual(['127.0.4.1', '127.0.4.2']);
    await writeFile(join(local.folder, 'routes.map'), '');
    expect(await local.proxy.apply(state)).toBe('unchanged');
    await local.kill('SIGKILL');
    await local.start();
    expect(await served(TWIN)).toBe('127.0.4.2');
  });

  it('comes back after the worker alone is killed', async () => {
    const pid = /Pid: (\d+)/.exec(await socketCommand(join(local.runFolder, 'runtime.sock'), 'show info'))?.[1];
    process.kill(Number(pid), 'SIGKILL');
    await local.ended();
    await local.start();
    expect(await served(HOST)).toBe('127.0.4.1');
  });

  it('speaks plain HTTP only to send visitors on, for its own health and for certificate challenges', async () => {
    await local.proxy.apply(withDashboard());
    expect(await plain(HOST, '/artikel?x=1')).toMatchObject({
      status: 308,
      location: `https://${HOST}:${local.ports.https}/artikel?x=1`,
    });
    expect(await plain('lama.example', '/a')).toMatchObject({
      status: 308,
      location: `https://${HOST}:${local.ports.https}/a`,
    });
    expect(await plain('tidak.example', '/')).toMatchObject({
      status: 404,
      text: expect.stringContaining('Alamat ini tidak dikenal') as string,
    });
    expect(await plain('tidak.example', '/siappakai/hidup')).toMatchObject({ status: 204 });
  });

  it('answers challenges of our ACME account for every host, known or not, also after a restart, until told otherwise', async () => {
    const [account, token] = ['a'.repeat(43), 'LoqXcYV8q5ONbJQxbmR7-_'];
    const path = `/.well-known/acme-challenge/${token}`;
    expect(await plain('tidak.example', path)).toMatchObject({ status: 404 });
    const worker = async (): Promise<string | undefined> =>
      /Pid: (\d+)/.exec(await socketCommand(join(local.runFolder, 'runtime.sock'), 'show info'))?.[1];
    const before = await worker();
    await local.proxy.answerChallenges(account);
    for (const host of [HOST, 'lama.example', 'tidak.example'])
      expect(await plain(host, path)).toMatchObject({ status: 200, text: `${token}.${account}` });
    expect(await plain(HOST, `${path}/x`)).toMatchObject({ status: 308 });
    expect(await plain('tidak.example', '/.well-known/acme-challenge/<script>alert(1)</script>')).toMatchObject({
      status: 404,
    });
    // Nothing was reloaded: the same worker answers.
    expect(await worker()).toBe(before);
    await local.kill('SIGKILL');
    await local.start();
    expect(await plain(HOST, path)).toMatchObject({ status: 200 });
    await local.proxy.answerChallenges(null);
    expect(await plain('tidak.example', path)).toMatchObject({ status: 404 });
    await expect(local.proxy.answerChallenges('x y')).rejects.toMatchObject({ code: 'invalid' });
  });

  it('shows a stranger a certificate that names no desa', async () => {
    const stranger = await certificateOf('tidak.example');
    expect(stranger.subjectaltname).toBe('DNS:tidak-dikenal.invalid');
    expect((await certificateOf(HOST)).subjectaltname).toContain(`DNS:${HOST}`);
  });

  it('shows a new certificate at once, and after a restart', async () => {
    const before = (await certificateOf(HOST)).serialNumber;
    await local.proxy.ensureCertificates(['baru.kec-klirong.example']);
    expect((await certificateOf('baru.kec-klirong.example')).subjectaltname).toBe(
      `DNS:${HOST}, DNS:baru.kec-klirong.example`,
    );
    const now = (await certificateOf(HOST)).serialNumber;
    expect(now).not.toBe(before);
    await local.kill('SIGTERM');
    await local.start();
    expect((await certificateOf(HOST)).serialNumber).toBe(now);
  });

  it('prefers an uploaded certificate, wildcards included, and leaves it alone', async () => {
    const uploaded = makeInternalCa(join(local.folder, '..', 'other-ca'), 'Lain');
    const { certificate, key } = await uploaded.issue([HOST]);
    const file = join(local.folder, 'certificates', 'unggahan.pem');
    await writeFile(file, certificate + key, { mode: 0o600 });
    const [end] = await local.proxy.ensureCertificates([HOST]);
    const shown = await certificateOf(HOST);
    expect(shown.issuer.CN).toBe('Lain');
    expect(Date.parse(shown.valid_to)).toBe(Date.parse(end?.notAfter ?? ''));
    expect((await certificateOf(TWIN)).issuer.CN).toBe('SiapPakai CA test');
    expect(await readFile(file, 'utf8')).toBe(certificate + key);
    await rm(file);
    await local.proxy.ensureCertificates([HOST]);
    expect((await certificateOf(HOST)).issuer.CN).toBe('SiapPakai CA test');
  });

  it('keeps keys and sockets to its owner, and the key of the CA out of its folder', async () => {
    const names = await readdir(join(local.folder, 'certificates'));
    for (const name of names) expect((await stat(join(local.folder, 'certificates', name))).mode & 0o777).toBe(0o600);
    for (const name of ['runtime.sock', 'master.sock'])
      expect((await stat(join(local.runFolder, name))).mode & 0o777).toBe(0o600);
    expect((await stat(join(local.folder, '..', 'ca', 'ca.key'))).mode & 0o777).toBe(0o600);
    const { stdout } = await promisify(execFile)('haproxy', ['-c', '-f', join(local.folder, 'haproxy.cfg')]);
    expect(stdout).not.toMatch(/WARNING|ALERT/);
  });
});
