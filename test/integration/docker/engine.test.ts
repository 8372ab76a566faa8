import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { AppError } from '../../../server/domain/errors';
import { createLogger } from '../../../server/logger';
import { ensureEngine, keepEngine, type EnginePlace } from '../../../server/parts/engine';
import { engineAnswers, engineInfo, engineLacks } from '../../../server/parts/engine-api';
import { endProcess, findByArguments, identify } from '../../../server/parts/process-identity';
import { unmountUnder } from '../../helpers/private-engine';

const run = promisify(execFile);
let folder = '';
/** An engine of its own beside the machine's: no bridge, no firewall rules, every path private. */
const placeAt = (name: string, more: Partial<EnginePlace> = {}): EnginePlace => {
  const at = path.join(folder, name);
  mkdirSync(at, { recursive: true });
  const roots = ['--data-root', path.join(at, 'data'), '--exec-root', path.join(at, 'exec')];
  return {
    socket: path.join(at, 'engine.sock'),
    pidFile: path.join(at, 'engine.pid'),
    containerdPidFile: path.join(at, 'exec', 'containerd', 'containerd.pid'),
    ownerConfig: path.join(at, 'owner.json'),
    stateFolder: path.join(at, 'state'),
    log: path.join(at, 'engine.log'),
    flags: [...roots, '--bridge', 'none', '--iptables=false', '--ip-masq=false'],
    unit: null,
    ...more,
  };
};
const hostOf = (place: EnginePlace): string => `unix://${place.socket}`;
const pidOf = (place: EnginePlace): number => Number(readFileSync(place.pidFile, 'utf8'));
const docker = async (place: EnginePlace, ...args: string[]): Promise<string> =>
  (await run('docker', ['-H', hostOf(place), ...args])).stdout.trim();

/** The smallest image there can be: sleep and what it needs. */
const importSleep = async (place: EnginePlace): Promise<void> => {
  const { stdout } = await run('ldd', ['/bin/sleep']);
  const files = [...stdout.matchAll(/(\/\S+)/g)].map((match) => (match[1] ?? '').slice(1));
  const tar = path.join(folder, 'sleep.tar');
  await run('tar', ['-chf', tar, '-C', '/', 'bin/sleep', ...files]);
  await docker(place, 'import', tar, 't-engine-sleep');
};

const places: EnginePlace[] = [];
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'engine-'));
});
afterAll(async () => {
  for (const place of places) {
    const ids = await docker(place, 'ps', '-aq').catch(() => '');
    for (const id of ids.split('\n').filter((line) => line !== '')) await docker(place, 'rm', '-f', id);
    const engine = identify(pidOf(place));
    if (engine !== null) await endProcess(engine, 15_000);
  }
  await unmountUnder(folder);
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

const failureOf = async (work: Promise<unknown>): Promise<AppError> => {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof AppError) return error;
  throw new Error(`not refused: ${String(error)}`);
};

describe('an engine of ours', () => {
  let place: EnginePlace;
  beforeAll(() => {
    place = placeAt('ours');
    places.push(place);
  });

  it('starts once for two who ask, in spite of stale pid files, with settings that keep villages alive', async () => {
    mkdirSync(path.dirname(place.containerdPidFile), { recursive: true });
    // Numbers that live again as other programs, as after a crash.
    writeFileSync(place.pidFile, String(process.pid));
    writeFileSync(place.containerdPidFile, String(process.pid));
    expect(await Promise.all([ensureEngine(hostOf(place), place), ensureEngine(hostOf(place), place)])).toEqual([
      'ours',
      'ours',
    ]);
    expect(findByArguments(place.flags, [0])?.pid).toBe(pidOf(place));
    const info = await engineInfo(hostOf(place));
    expect(info).toMatchObject({ LiveRestoreEnabled: true, LoggingDriver: 'json-file' });
    const written: unknown = JSON.parse(readFileSync(path.join(place.stateFolder, 'daemon.json'), 'utf8'));
    expect(written).toMatchObject({ 'userland-proxy': false, 'log-opts': { 'max-size': '10m', 'max-file': '3' } });
  }, 60_000);

  it('is back within 5 s of a kill -9, and its containers never stopped', async () => {
    await importSleep(place);
    await docker(
      place,
      'run',
      '-d',
      '--network',
      'none',
      '--name',
      't-engine-c',
      't-engine-sleep',
      '/bin/sleep',
      '9999',
    );
    const container = identify(Number(await docker(place, 'inspect', '-f', '{{.State.Pid}}', 't-engine-c')));
    for (let round = 0; round < 3; round += 1) {
      const before = pidOf(place);
      await sleep(3_000);
      process.kill(before, 'SIGKILL');
      const from = Date.now();
      // As the supervisor does: once a second.
      while (!(await engineAnswers(hostOf(place))) && Date.now() - from < 30_000) {
        await keepEngine(createLogger('test', 'stderr'), place);
        await sleep(500);
      }
      expect(Date.now() - from).toBeLessThan(30_000);
      expect(pidOf(place)).not.toBe(before);
    }
    expect(identify(container?.pid ?? 0)).toEqual(container);
    expect(await docker(place, 'inspect', '-f', '{{.State.Running}}', 't-engine-c')).toBe('true');
  }, 60_000);

  it('outlives whoever started it', async () => {
    const own = identify(process.pid);
    const engine =
      readFileSync(`/proc/${pidOf(place)}/stat`, 'utf8')
        .split(') ')[1]
        ?.split(' ') ?? [];
    expect(Number(engine[3])).not.toBe(own?.pid);
    expect(Number(engine[3])).not.toBe(Number(readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ')[3]));
  });
});

it('leaves an engine it did not start as it is, and says what that lacks', async () => {
  const place = placeAt('foreign');
  places.push(place);
  const args = ['--pidfile', place.pidFile, '--host', hostOf(place), ...place.flags];
  const foreign = spawn('dockerd', args, { stdio: 'ignore', detached: true });
  while (!(await engineAnswers(hostOf(place)))) await sleep(100);
  expect(await ensureEngine(hostOf(place), place)).toBe('foreign');
  expect(pidOf(place)).toBe(foreign.pid);
  const info = await engineInfo(hostOf(place));
  expect(info === null ? [] : engineLacks(info)).toContain('no_live_restore');
  process.kill(foreign.pid ?? 0, 'SIGKILL');
  await sleep(300);
  await keepEngine(createLogger('test', 'stderr'), place);
  expect(await engineAnswers(hostOf(place))).toBe(false);
}, 60_000);

it("keeps the owner's own settings", async () => {
  const place = placeAt('owner');
  places.push(place);
  writeFileSync(place.ownerConfig, JSON.stringify({ 'log-driver': 'local', 'log-opts': {} }));
  expect(await ensureEngine(hostOf(place), place)).toBe('ours');
  expect(await engineInfo(hostOf(place))).toMatchObject({ LoggingDriver: 'local', LiveRestoreEnabled: true });
}, 60_000);

it('tells why an engine does not start, and refuses an address where none answers', async () => {
  const place = placeAt('broken');
  const broken = { ...place, flags: [...place.flags, '--storage-driver', 'none-such'] };
  const error = await failureOf(ensureEngine(hostOf(place), broken));
  expect([error.code, error.params['lines']]).toEqual([
    'engine_not_starting',
    expect.stringContaining('driver not supported'),
  ]);
  const elsewhere = await failureOf(ensureEngine('tcp://127.0.0.1:1', place));
  expect([elsewhere.code, elsewhere.params['address']]).toEqual(['engine_not_answering', 'tcp://127.0.0.1:1']);
}, 60_000);
