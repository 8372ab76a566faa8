import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runInNewContext } from 'node:vm';
import { buildScript } from '../../../server/assets/script';

const SOURCE = path.join(__dirname, '../../../views/assets-src/js');
const STREAM = 'rollout:01JD';

interface FakeSocket {
  readyState: number;
  onmessage?: (event: { data: string }) => void;
  onclose?: () => void;
  send(frame: string): void;
}

/** The page's own script without a page: what it asks for over its socket. */
const openPage = (seq: number, surroundings: Readonly<Record<string, unknown>> = {}) => {
  const asked: unknown[] = [];
  const sockets: FakeSocket[] = [];
  class WebSocket implements FakeSocket {
    readyState = 1;
    constructor() {
      sockets.push(this);
    }
    send(frame: string): void {
      if (frame.startsWith('42')) asked.push(JSON.parse(frame.slice(2)));
    }
  }
  const dataset = { stream: STREAM, seq: String(seq), now: '2027-01-01T00:00:00Z', worker: 'yes' };
  const body = { dataset, toggleAttribute: () => undefined };
  const nothing = (): void => undefined;
  runInNewContext(buildScript(SOURCE, 'live.js'), {
    ...{ document: { body, querySelector: () => null, querySelectorAll: () => [], addEventListener: nothing }, WebSocket },
    ...{ location: { origin: 'http://x', reload: nothing }, setInterval: nothing, setTimeout: nothing },
    ...{ clearTimeout: nothing, addEventListener: nothing, requestAnimationFrame: nothing, performance },
    ...surroundings,
  });
  const hear = (frame: string): void => sockets.at(-1)?.onmessage?.({ data: frame });
  return {
    asked,
    connect: () => hear('40'),
    beat: (worker: string) => hear(`42${JSON.stringify(['beat', { at: '2027-01-01T00:00:01Z', worker }])}`),
    hear: (after: number, last: number) =>
      hear(`42${JSON.stringify(['events', { stream: STREAM, after, last, news: [], tiles: [] }])}`),
  };
};
const join = (after: number) => ['join', { stream: STREAM, after }];

test('a page goes on from its number, drops what it knows and asks again where one is missing', () => {
  const page = openPage(7);
  page.connect();
  expect(page.asked).toEqual([join(7)]);
  page.hear(7, 9);
  page.hear(5, 8);
  page.connect();
  expect(page.asked).toEqual([join(7), join(9)]);
  page.hear(11, 14);
  expect(page.asked.at(-1)).toEqual(join(9));
  page.connect();
  expect(page.asked.slice(2)).toEqual([join(9), join(9)]);
});

test('an answer that never comes keeps no later one away', async () => {
  let questions = 0;
  const page = openPage(7, {
    ...{ Math, DOMParser: Object, location: { href: '/pembaruan/1', origin: 'http://x' } },
    fetch: (_: string, { signal }: { signal?: AbortSignal }) => {
      questions += 1;
      return new Promise((_, lost) => signal?.addEventListener('abort', () => lost(new Error('gone'))));
    },
    AbortSignal: { timeout: () => AbortSignal.timeout(10) },
    // The pauses between two questions alone: what watches over the socket waits longer.
    setTimeout: (go: () => void, ms: number) => ms <= 4_000 && setTimeout(go, 5),
  });
  page.connect();
  page.beat('no');
  await sleep(20);
  page.beat('yes');
  for (let tries = 0; tries < 100 && questions < 2; tries += 1) await sleep(10);
  expect(questions).toBe(2);
});
