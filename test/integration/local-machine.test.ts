import { inspectHere } from '../../provisioners/servers/local';
import type { MachineFacts } from '../../provisioners/contracts';
import { SYSTEM, TERMINAL } from '../../server/domain/actor';
import { LocalMachine } from '../../server/services/local-machine';
import { ServerService } from '../../server/services/server-service';
import { sshMachines } from '../../provisioners/servers';
import { startControlDatabase, type ControlDatabase } from '../helpers/control-database';

jest.setTimeout(60_000);
let control: ControlDatabase;
let looks: number;
const facts: MachineFacts = {
  osId: 'debian',
  osVersion: '12',
  kernel: '6.1',
  arch: 'x86_64',
  cores: 2,
  memoryBytes: 8e9,
  diskFreeBytes: 1e9,
  elevation: 'root',
  engine: 'running',
  engineVersion: '20.10.24',
  storageDriver: 'overlay2',
  liveRestore: true,
  cgroupVersion: '2',
  neighbourLimit: 8192,
  skewSeconds: 0,
};
const machine = (): LocalMachine =>
  new LocalMachine(control.transactor, 'lokal', async () => {
    looks += 1;
    return facts;
  });

beforeAll(async () => {
  control = await startControlDatabase();
});
afterAll(() => control.stop());
beforeEach(async () => {
  await control.clear();
  looks = 0;
  await control.transactor.read.knex('servers').insert({ id: 'SV', name: 'lokal', target: 'docker', state: 'ready' });
});
const servers = (): ServerService => new ServerService({ transactor: control.transactor, access: sshMachines });

test('looks at once, then not again until it is old or somebody asks', async () => {
  const [watched] = [machine()];
  expect(await watched.sweep()).toBe(true);
  const seen = await servers().find(TERMINAL, 'lokal');
  expect(seen.state).toBe('unfit');
  expect(seen.facts?.findings.map((one) => one.code)).toEqual(['disk_small']);
  expect(await watched.sweep()).toBe(false);
  await servers().askLocalCheck(TERMINAL, 'lokal');
  expect(await watched.sweep()).toBe(true);
  expect(looks).toBe(2);
});

test('a machine over SSH is checked with its login, not by asking', async () => {
  await control.transactor.read
    .knex('servers')
    .insert({ id: 'S2', name: 'sp-02', target: 'docker', state: 'ready', ssh_host: 'h', ssh_port: 22, ssh_user: 'u' });
  await expect(servers().askLocalCheck(SYSTEM, 'sp-02')).rejects.toMatchObject({ code: 'conflict' });
});

test('this machine says what it is', async () => {
  const here = await inspectHere();
  expect(here.cores).toBeGreaterThan(0);
  expect(here.memoryBytes).toBeGreaterThan(1e8);
  expect(here.osId).not.toBeNull();
  expect(Math.abs(here.skewSeconds ?? 99)).toBeLessThan(3);
});
