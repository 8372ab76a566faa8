import path from 'node:path';
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
const openPage = (seq: number) => {
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
  const dataset = { stream: STREAM, seq: String(seq), now: '2027-01-01T00:00:00Z' };
  const body = { dataset, toggleAttribute: () => undefined };
  const nothing = (): void => undefined;
  runInNewContext(buildScript(SOURCE, 'live.js'), {
    ...{ document: { body, querySelector: () => null, querySelectorAll: () => [], addEventListener: nothing }, WebSocket },
    ...{ location: { origin: 'http://x', reload: nothing }, setInterval: nothing, setTimeout: nothing },
    ...{ clearTimeout: nothing, addEventListener: nothing, requestAnimationFrame: nothing, performance },
  });
  const hear = (frame: string): void => sockets.at(-1)?.onmessage?.({ data: frame });
  return {
    asked,
    connect: () => hear('40'),
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
