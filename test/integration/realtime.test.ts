import { setTimeout as sleep } from 'node:timers/promises';
import { io, type Socket } from 'socket.io-client';
import { TERMINAL } from '../../server/domain/actor';
import type { LiveBatch, LiveBeat, LiveLines, LiveNews } from '../../server/domain/live-events';
import { liveEvent } from '../../server/rollouts/member-events';
import { AuthService } from '../../server/services/auth-service';
import { HostService } from '../../server/services/host-service';
import { SetupService } from '../../server/services/setup-service';
import { Redis } from 'ioredis';
import { regionSource } from '../helpers/small-region';
import { Browser, startWebInstallation, type WebInstallation } from '../helpers/web-installation';

jest.setTimeout(120_000);
const STREAM = 'rollout:01JD0000000000000000000000';
let web: WebInstallation;
let browser: Browser;
const open: Socket[] = [];

beforeAll(async () => {
  web = await startWebInstallation();
  const auth = new AuthService(web.transactor);
  const previewHosts = new HostService().preview;
  const setup = new SetupService({ transactor: web.transactor, regions: regionSource(), previewHosts, auth });
  await setup.run(TERMINAL, {
    kabupaten: '33.05',
    domainPattern: '{desa}.kec-{kec}.kebumenkab.go.id',
    adminEmail: 'ani@kebumenkab.go.id',
    adminPassword: 'Sawah-Padi-2026',
  });
  browser = new Browser(web.origin);
  await browser.get('/masuk');
  await browser.post('/masuk', { email: 'ani@kebumenkab.go.id', password: 'Sawah-Padi-2026' });
});
afterAll(async () => {
  open.forEach((socket) => socket.disconnect());
  await web.stop();
});

const connect = (headers: Record<string, string> = { cookie: browser.cookie }): Socket => {
  const socket = io(web.origin, {
    transports: ['websocket'],
    extraHeaders: headers,
    reconnection: false,
    forceNew: true,
  });
  open.push(socket);
  return socket;
};
const append = (count: number, stream = STREAM): Promise<void> =>
  web.transactor.run((stores) =>
    stores.events.append(
      Array.from({ length: count }, (_, index) =>
        liveEvent(stream, 'rollout.wave', { wave: index + 1, waves: 9, state: 'running', size: 3 }),
      ),
    ),
  );
const until = async (fits: () => boolean, ms = 30_000): Promise<void> => {
  const end = Date.now() + ms;
  while (!fits() && Date.now() < end) await sleep(20);
  expect(fits()).toBe(true);
};

/** The browser's own rule: a frame that goes on from its number is taken, an older one dropped, a gap asks again. */
class Follower {
  /** Every number a taken frame stood for. */
  readonly seqs: number[] = [];
  readonly news: LiveNews[] = [];
  gaps = 0;
  socket: Socket;
  constructor() {
    this.socket = this.start();
  }
  get last(): number {
    return this.seqs.at(-1) ?? 0;
  }
  start(): Socket {
    this.socket = connect();
    this.socket.on('connect', () => this.socket.emit('join', { stream: STREAM, after: this.last }));
    this.socket.on('events', ({ after, last, news }: LiveBatch) => {
      if (after > this.last) {
        this.gaps += 1;
        this.socket.emit('join', { stream: STREAM, after: this.last });
        return;
      }
      const known = this.last;
      this.news.push(...news.filter(([seq]) => seq > known));
      for (let seq = Math.max(after, known) + 1; seq <= last; seq += 1) this.seqs.push(seq);
    });
    return this.socket;
  }
}
const oneTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

test('a socket that is cut again and again sees every event once, in order, while they are written', async () => {
  await append(7);
  const follower = new Follower();
  await until(() => follower.last === 7);
  const writing = (async () => {
    for (let round = 0; round < 30; round += 1) {
      await append(3);
      await sleep(20);
    }
  })();
  for (let cut = 0; cut < 4; cut += 1) {
    await sleep(150);
    follower.socket.disconnect();
    await sleep(60);
    follower.start();
  }
  await writing;
  await until(() => follower.last === 97);
  expect(follower.seqs).toEqual(oneTo(97));
  expect(follower.news.map(([seq]) => seq)).toEqual(oneTo(97));
  expect(follower.news[0]?.[5]).toBe('Gelombang 1 mulai: 3 desa');
});

test('frames are coalesced, and an event after a quiet moment comes too', async () => {
  const follower = new Follower();
  await until(() => follower.last >= 97);
  let frames = 0;
  follower.socket.on('events', () => (frames += 1));
  const began = Date.now();
  for (let round = 0; round < 40; round += 1) await append(1);
  await until(() => follower.last === 137);
  expect(frames).toBeLessThanOrEqual(Math.ceil((Date.now() - began) / 100) + 1);
  await append(1);
  await until(() => follower.last === 138);
});

test('who waited too long, or comes from another time, loads the page again', async () => {
  const socket = connect();
  const reloads: unknown[] = [];
  socket.on('reload', (body) => reloads.push(body));
  socket.on('connect', () => socket.emit('join', { stream: STREAM, after: 999_999 }));
  await until(() => reloads.length === 1);
});

test('only who is signed in, and from our own pages, is heard', async () => {
  const outcome = (headers: Record<string, string>): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect(headers);
      socket.on('connect_error', () => resolve('refused'));
      socket.on('disconnect', () => resolve('cut'));
      socket.on('ready', () => resolve('welcome'));
    });
  expect(await outcome({})).toBe('cut');
  expect(await outcome({ cookie: browser.cookie, origin: 'https://desa.kebumenkab.go.id' })).toBe('refused');
  expect(await outcome({ cookie: browser.cookie, origin: web.origin })).toBe('welcome');
});

test('a stream that no right covers stays silent', async () => {
  await web.db('users').update({ role: 'observer' });
  const socket = connect();
  const heard: string[] = [];
  socket.onAny((name: string) => heard.push(name));
  socket.on('connect', () => {
    socket.emit('join', { stream: 'log:33.05.05.2011:opensid', after: 0 });
    socket.emit('join', { stream: 'deployment:01JD', after: 0 });
    socket.emit('join', { stream: STREAM, after: -1 });
    socket.emit('join', 'rubbish');
  });
  await sleep(600);
  expect(heard.filter((name) => name !== 'ready' && name !== 'beat')).toEqual([]);
  await web.db('users').update({ role: 'admin' });
});

test('a watched container log is asked for, comes line by line, and each line once', async () => {
  const worker = new Redis(web.redis.url);
  const ear = new Redis(web.redis.url);
  const asked: string[] = [];
  const said = (at: string, text: string): Promise<number> =>
    worker.publish(`sp:${web.config.id}:log:33.05.05.2011:opensid`, JSON.stringify({ at, stream: 'stdout', text }));
  ear.on('message', (_channel, text: string) => asked.push(text));
  await ear.subscribe(`sp:${web.config.id}:tail`);
  const socket = connect();
  const lines: LiveLines[] = [];
  socket.on('lines', (batch: LiveLines) => lines.push(batch));
  socket.on('connect', () => socket.emit('join', { stream: 'log:33.05.05.2011:opensid', after: 0 }));
  await until(() => asked.includes('33.05.05.2011 opensid'));
  await said('2026-11-22T01:00:00Z', 'PHP Fatal error: x');
  await said('2026-11-22T01:00:01Z', 'ready');
  await said('2026-11-22T01:00:00Z', 'PHP Fatal error: x');
  await worker.publish(`sp:${web.config.id}:log:33.05.05.2011:opensid`, 'not json');
  await until(() => lines.length >= 2);
  await sleep(200);
  expect(lines.flatMap((one) => one.lines.map((line) => [line.level, line.text]))).toEqual([
    ['error', 'PHP Fatal error: x'],
    ['info', 'ready'],
  ]);
  worker.disconnect();
  ear.disconnect();
});

test('the beat says whether a worker lives', async () => {
  const socket = connect();
  const beats: LiveBeat[] = [];
  socket.on('beat', (beat: LiveBeat) => beats.push(beat));
  await until(() => beats.some((beat) => !beat.worker));
  await web.transactor.read.workers.beat('01JW0000000000000000000000', 1, new Date());
  await until(() => beats.at(-1)?.worker === true);
});

test('who signs out hears nothing more', async () => {
  const other = new Browser(web.origin);
  await other.get('/masuk');
  await other.post('/masuk', { email: 'ani@kebumenkab.go.id', password: 'Sawah-Padi-2026' });
  await other.get('/desa');
  const socket = connect({ cookie: other.cookie });
  const ended: string[] = [];
  socket.on('disconnect', () => ended.push('cut'));
  await until(() => socket.connected);
  await other.post('/keluar', {});
  await until(() => ended.length === 1, 40_000);
}, 60_000);

test('without Redis the same events come from the database', async () => {
  const follower = new Follower();
  await until(() => follower.last >= 138);
  await web.redis.stop();
  await append(5);
  await until(() => follower.last === 143, 10_000);
  expect(follower.seqs).toEqual(oneTo(143));
  expect((await browser.get('/desa')).status).toBe(200);
});
