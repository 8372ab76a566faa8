import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createLogger } from '../../../server/logger';
import { ensureEngine, keepEngine } from '../../../server/parts/engine';
import { engineAnswers } from '../../../server/parts/engine-api';
import { endProcess } from '../../../server/parts/process-identity';
import { enginePlace, engineProcess, unmountUnder } from '../../helpers/private-engine';

const run = promisify(execFile);
const VILLAGES = 10;
const SUBNET = '10.198.77';

/** A web server and what it needs, nothing else. */
const importServer = async (folder: string, docker: (...args: string[]) => Promise<string>): Promise<void> => {
  const root = path.join(folder, 'root');
  mkdirSync(root);
  const answer = 'frontend f\n mode http\n timeout client 5s\n bind :8080\n http-request return status 200\n';
  writeFileSync(path.join(root, 'h.cfg'), answer);
  const { stdout } = await run('ldd', ['/usr/sbin/haproxy']);
  const files = [...stdout.matchAll(/(\/\S+)/g)].map((match) => (match[1] ?? '').slice(1));
  const tar = path.join(folder, 'server.tar');
  await run('tar', ['-chf', tar, '-C', root, 'h.cfg', '-C', '/', 'usr/sbin/haproxy', ...files]);
  await docker('import', tar, 't-engine-server');
};

const visit = (address: string): Promise<boolean> =>
  new Promise((resolve) => {
    const sent = get({ host: address, port: 8080, path: '/', agent: false, timeout: 2000 }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode === 200));
    });
    sent.on('timeout', () => sent.destroy());
    sent.on('error', () => resolve(false));
  });

describe('an engine that is killed', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'engine-killed-'));
  const place = enginePlace(folder);
  const docker = async (...args: string[]): Promise<string> =>
    (await run('docker', ['-H', `unix://${place.socket}`, ...args])).stdout.trim();
  const enginePid = (): number => Number(readFileSync(place.pidFile, 'utf8'));
  const pids = async (): Promise<readonly string[]> =>
    (await docker('inspect', '-f', '{{.State.Pid}}', ...names)).split('\n');
  const names = Array.from({ length: VILLAGES }, (_, at) => `t-engine-desa-${at}`);
  const addresses = names.map((_, at) => `${SUBNET}.${10 + at}`);

  beforeAll(async () => {
    await ensureEngine(`unix://${place.socket}`, place);
    await importServer(folder, docker);
    await docker('network', 'create', '--subnet', `${SUBNET}.0/24`, 't-engine-net');
    for (const [at, name] of names.entries())
      await docker(
        ...['run', '-d', '--restart', 'always', '--name', name, '--network', 't-engine-net'],
        ...['--ip', addresses[at] ?? '', 't-engine-server', '/usr/sbin/haproxy', '-db', '-f', '/h.cfg'],
      );
  }, 120_000);
  afterAll(async () => {
    await docker('rm', '-f', ...names).catch(() => '');
    await docker('network', 'rm', 't-engine-net').catch(() => '');
    const engine = engineProcess(place);
    if (engine !== null) await endProcess(engine, 15_000);
    await unmountUnder(folder);
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  it('takes no village away, not for a tenth of a second', async () => {
    const before = await pids();
    const failed = new Map(addresses.map((address) => [address, 0]));
    let visits = 0;
    const running = new Set<Promise<void>>();
    const look = async (address: string): Promise<void> => {
      visits += 1;
      if (!(await visit(address))) failed.set(address, (failed.get(address) ?? 0) + 1);
    };
    const timer = setInterval(() => {
      for (const address of addresses) {
        const one = look(address).finally(() => running.delete(one));
        running.add(one);
      }
    }, 100);
    await sleep(1000);
    const old = enginePid();
    // The supervisor leaves an engine alone in its first seconds.
    await sleep(2500);
    process.kill(old, 'SIGKILL');
    const killed = Date.now();
    while (!(await engineAnswers(`unix://${place.socket}`)) && Date.now() - killed < 20_000) {
      await keepEngine(createLogger('test', 'stderr'), place);
      await sleep(200);
    }
    const back = Date.now() - killed;
    await sleep(3000);
    clearInterval(timer);
    await Promise.all(running);
    process.stdout.write(`engine back after ${back} ms; ${visits} visits of ${VILLAGES} villages\n`);
    expect(visits).toBeGreaterThan(20 * VILLAGES);
    expect(enginePid()).not.toBe(old);
    expect([...failed].filter(([, count]) => count > 0)).toEqual([]);
    expect(await pids()).toEqual(before);
  }, 60_000);
});
