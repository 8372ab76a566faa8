import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from '../../../server/logger';
import { engineHangWatch, keepEngine, type EnginePlace } from '../../../server/parts/engine';
import { engineAnswers, engineHangs } from '../../../server/parts/engine-api';
import { endProcess, identify, isAlive, type ProcessIdentity } from '../../../server/parts/process-identity';
import { enginePlace, engineProcess, unmountUnder } from '../../helpers/private-engine';

const logger = createLogger('test', 'stderr');
const PATIENCE_MS = 600;
const hostOf = (place: EnginePlace): string => `unix://${place.socket}`;

/** Greets as an engine does, and never says a word about its networks. */
const HUNG = `require('node:http').createServer((asked, answer) => {
  if (asked.url === '/_ping') answer.end('OK');
}).listen(process.argv[1]);`;

let root: string;
const hung: ProcessIdentity[] = [];
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'engine-hang-'));
});
afterAll(async () => {
  for (const one of hung) await endProcess(one, 100);
  await unmountUnder(root);
  rmSync(root, { recursive: true, force: true });
});

const placeIn = (name: string): EnginePlace => {
  const place = enginePlace(path.join(root, name));
  mkdirSync(place.stateFolder, { recursive: true });
  return place;
};
/** A hung engine that is on record as one we started. */
const hangAt = async (place: EnginePlace, settings: object): Promise<ProcessIdentity> => {
  const child = spawn(process.execPath, ['-e', HUNG, place.socket], { stdio: 'ignore' });
  const identity = identify(child.pid ?? 0);
  if (identity === null) throw new Error('not started');
  hung.push(identity);
  writeFileSync(path.join(place.stateFolder, 'engine.json'), JSON.stringify({ ...identity, startedAt: 0 }));
  writeFileSync(path.join(place.stateFolder, 'daemon.json'), JSON.stringify(settings));
  for (let tries = 0; tries < 200 && !(await engineAnswers(hostOf(place))); tries += 1) await sleep(20);
  return identity;
};
const watchFor = async (ms: number, place: EnginePlace, goOn: () => boolean): Promise<void> => {
  const look = engineHangWatch(logger, place, PATIENCE_MS);
  const until = Date.now() + ms;
  while (goOn() && Date.now() < until) {
    await look();
    await sleep(20);
  }
};

it('ends an engine of ours that hangs, and another one takes its place', async () => {
  const place = placeIn('ours');
  const engine = await hangAt(place, { 'live-restore': true });
  expect(await engineHangs(hostOf(place), 200)).toBe(true);
  await watchFor(PATIENCE_MS / 2, place, () => true);
  expect(isAlive(engine)).toBe(true);
  await watchFor(20_000, place, () => isAlive(engine));
  expect(isAlive(engine)).toBe(false);
  const until = Date.now() + 30_000;
  while (!(await engineAnswers(hostOf(place))) && Date.now() < until) {
    await keepEngine(logger, place);
    await sleep(200);
  }
  expect(await engineHangs(hostOf(place), 5_000)).toBe(false);
  // A well one stays.
  const fresh = engineProcess(place);
  await watchFor(3 * PATIENCE_MS, place, () => true);
  expect(fresh !== null && isAlive(fresh)).toBe(true);
  if (fresh !== null) await endProcess(fresh, 15_000);
}, 90_000);

it('leaves one alone whose end would be the end of what runs, and one that is not ours', async () => {
  const place = placeIn('mortal');
  const engine = await hangAt(place, { 'live-restore': false });
  await watchFor(4 * PATIENCE_MS, place, () => true);
  expect(isAlive(engine)).toBe(true);
  const foreign = placeIn('foreign');
  const other = await hangAt(foreign, { 'live-restore': true });
  rmSync(path.join(foreign.stateFolder, 'engine.json'));
  await watchFor(4 * PATIENCE_MS, foreign, () => true);
  expect(isAlive(other)).toBe(true);
}, 60_000);

it('takes one that does not even greet for ended, not for hung', async () => {
  expect(await engineHangs(hostOf(placeIn('none')), 200)).toBe(false);
});
