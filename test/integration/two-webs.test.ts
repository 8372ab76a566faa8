import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { io, type Socket } from 'socket.io-client';
import type { Config } from '../../server/config';
import type { LiveBatch } from '../../server/domain/live-events';
import { liveEvent } from '../../server/rollouts/member-events';
import { ApiClient, type Reply } from '../helpers/api-client';
import { ACCOUNT, buildApiWorld, install, KLIRONG, TAMBAK } from '../helpers/api-world';
import { freePort } from '../helpers/private-server';
import { Browser, serveWeb, startWebInstallation, type WebInstallation } from '../helpers/web-installation';

/** Two web processes of one installation, as when one is being replaced by the next or a second machine answers too. */
jest.setTimeout(180_000);
const STREAM = 'rollout:01JD0000000000000000000000';
let web: WebInstallation;
let second: Awaited<ReturnType<typeof serveWeb>>;
let apis: readonly [ApiClient, ApiClient];
const sockets: Socket[] = [];

const besides = async ({ config }: WebInstallation): Promise<Config> => ({
  ...config,
  dashboardPort: await freePort(),
  paths: { ...config.paths, proxyRun: path.join(config.paths.home, 'kedua') },
});
beforeAll(async () => {
  web = await startWebInstallation();
  const world = await buildApiWorld(web);
  second = await serveWeb(await besides(web));
  apis = [await ApiClient.open(web.origin, world), await ApiClient.open(second.origin, world)];
});
afterAll(async () => {
  sockets.forEach((socket) => socket.disconnect());
  await second.stop();
  await web.stop();
});

/** Every second one at the other web. */
const start = (keys: readonly string[], kodes: readonly string[]): Promise<readonly Reply[]> =>
  Promise.all(
    keys.map((key, at) =>
      apis[at % 2 === 0 ? 0 : 1].act('rollout.start', { body: install(kodes), headers: { 'idempotency-key': key } }),
    ),
  );

test('one key pressed at both at once acts once, and all get the same answer', async () => {
  const key = randomUUID();
  const replies = await start([key, key, key, key, key, key], [TAMBAK]);
  expect(replies.map((one) => one.status)).toEqual([202, 202, 202, 202, 202, 202]);
  expect(new Set(replies.map((one) => one.text)).size).toBe(1);
  expect(await web.db('rollouts')).toHaveLength(1);
});

test('two people who want the same desa at both at once: one gets it, the other is told who has it', async () => {
  const replies = await start(
    Array.from({ length: 6 }, () => randomUUID()),
    [KLIRONG],
  );
  expect(replies.filter((one) => one.status === 202)).toHaveLength(1);
  for (const other of replies.filter((one) => one.status !== 202))
    expect([409, 422].includes(other.status) && other.text.includes('"message"')).toBe(true);
  const members = await web.db('rollout_members').where({ kode: KLIRONG });
  expect(members).toHaveLength(1);
});

test('who signs in at one is known at the other, and who signs out at one is gone at both', async () => {
  const here = new Browser(web.origin);
  await here.get('/masuk');
  await here.post('/masuk', { email: ACCOUNT.email, password: ACCOUNT.password });
  const there = async (): Promise<number> =>
    (await fetch(`${second.origin}/desa`, { headers: { cookie: here.cookie }, redirect: 'manual' })).status;
  expect(await there()).toBe(200);
  const { cookie } = here;
  await here.get('/profil');
  await here.post('/keluar', {});
  const after = await fetch(`${second.origin}/desa`, { headers: { cookie }, redirect: 'manual' });
  expect([after.status, after.headers.get('location')]).toEqual([303, expect.stringContaining('/masuk')]);
});

test('a board that loses one web goes on at the other without a gap or a double', async () => {
  const browser = new Browser(web.origin);
  await browser.get('/masuk');
  await browser.post('/masuk', { email: ACCOUNT.email, password: ACCOUNT.password });
  const seqs: number[] = [];
  const follow = (origin: string): Socket => {
    const headers = { cookie: browser.cookie, origin };
    const socket = io(origin, {
      transports: ['websocket'],
      extraHeaders: headers,
      reconnection: false,
      forceNew: true,
    });
    const join = (): void => void socket.emit('join', { stream: STREAM, after: seqs.at(-1) ?? 0 });
    socket.on('connect', join);
    socket.on('events', ({ after, last }: LiveBatch) => {
      const known = seqs.at(-1) ?? 0;
      if (after > known) join();
      else for (let seq = known + 1; seq <= last; seq += 1) seqs.push(seq);
    });
    sockets.push(socket);
    return socket;
  };
  const wave = liveEvent(STREAM, 'rollout.wave', { wave: 1, waves: 2, state: 'running', size: 3 });
  const append = (count: number): Promise<void> =>
    web.transactor.run((stores) => stores.events.append(Array.from({ length: count }, () => wave)));
  const until = async (last: number): Promise<void> => {
    for (const end = Date.now() + 30_000; seqs.at(-1) !== last && Date.now() < end;) await sleep(20);
    expect(seqs).toEqual(Array.from({ length: last }, (_, index) => index + 1));
  };
  const first = follow(second.origin);
  await append(20);
  await until(20);
  first.disconnect();
  await append(15);
  follow(web.origin);
  await until(35);
  await append(5);
  await until(40);
});
