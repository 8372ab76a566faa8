import { setTimeout as sleep } from 'node:timers/promises';
import { ProvisionError } from '../../provisioners/contracts';
import { loadApps } from '../../provisioners/registry';
import { TERMINAL } from '../../server/domain/actor';
import { AppError } from '../../server/domain/errors';
import { ReleaseImporter, ReleaseService, type StoredRelease } from '../../server/services/release-service';
import type { Transactor } from '../../server/stores';
import { startControlDatabase, type ControlDatabase } from '../helpers/control-database';
import { makeSecretBox } from '../helpers/installed-desa';

jest.setTimeout(60_000);
let control: ControlDatabase;
const secrets = makeSecretBox();
beforeAll(async () => {
  control = await startControlDatabase();
});
afterAll(async () => {
  await control.stop();
  secrets.remove();
});
beforeEach(() => control.clear());

const STORED: StoredRelease = {
  version: '2410.0.0',
  channel: 'umum',
  checksum: 'c'.repeat(64),
  schemaVersion: '2410.0.0',
  phpLines: ['8.2'],
  bytes: 1,
  files: 1,
  notes: null,
  path: '/release',
};
/** What is written between the first word of the copy and its end arrives late. */
const late = (transact: Transactor, isLate: () => boolean): Transactor => ({
  read: transact.read,
  changes: transact.changes,
  run: async (work) => {
    if (isLate()) await sleep(200);
    return transact.run(work);
  },
});
const imported = async (end: () => StoredRelease) => {
  const apps = await loadApps();
  const deps = { apps, box: secrets.box };
  let copying = false;
  const transact = late(control.transactor, () => copying);
  const request = { app: 'opensid', location: '/release', tag: null, channel: null, credential: null };
  const id = await new ReleaseService({ ...deps, transact: control.transactor }).import(TERMINAL, request);
  const importer = new ReleaseImporter({
    ...deps,
    transact,
    shutdown: new AbortController().signal,
    tools: {
      fetch: async (_request, onProgress) => {
        copying = true;
        onProgress('fetching', 1, 2);
        onProgress('storing', 2, 2);
        copying = false;
        return end();
      },
      buildImage: async () => ({ tag: 'opensid:2410.0.0', id: 'sha256:1' }),
      lint: async () => [],
      discard: async () => undefined,
    },
  });
  await importer.sweep(async (_name, work) => work());
  await sleep(400);
  return control.transactor.read.releases.find(id);
};

it('is ready in the end, however late the last word of its copy is written', async () => {
  expect(await imported(() => STORED)).toMatchObject({
    state: 'ready',
    version: '2410.0.0',
    image: 'opensid:2410.0.0',
  });
});

it('stays refused, however late the last word of its copy is written', async () => {
  const release = await imported(() => {
    throw new AppError('release_invalid', { problem: 'version_unknown' });
  });
  expect(release).toMatchObject({ state: 'refused', reason: { code: 'version_unknown' } });
});

it.each([
  ['the engine', new ProvisionError('unreachable', 'The engine does not answer')],
  ['the database', Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })],
])('goes on when %s is back', async (_, away) => {
  let builds = 0;
  const deps = { apps: await loadApps(), box: secrets.box, transact: control.transactor };
  const request = { app: 'opensid', location: '/release', tag: null, channel: null, credential: null };
  const id = await new ReleaseService(deps).import(TERMINAL, request);
  const importer = new ReleaseImporter({
    ...deps,
    shutdown: new AbortController().signal,
    tools: {
      fetch: async () => STORED,
      buildImage: async () => {
        builds += 1;
        if (builds === 1) throw away;
        return { tag: 'opensid:2410.0.0', id: 'sha256:1' };
      },
      lint: async () => [],
      discard: async () => undefined,
    },
  });
  await importer.sweep(async (_name, work) => work());
  expect(await control.transactor.read.releases.find(id)).toMatchObject({ state: 'building', reason: null });
  await importer.sweep(async (_name, work) => work());
  expect(await control.transactor.read.releases.find(id)).toMatchObject({ state: 'ready', image: 'opensid:2410.0.0' });
});
