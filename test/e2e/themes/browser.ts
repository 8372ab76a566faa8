import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium, type Browser, type Page } from 'playwright-core';
import { isEnded } from '../../../server/cli/progress';
import { select, showRollout, startRollout, VILLAGES, type World } from '../../helpers/e2e-world';

const CUT_MS = 10_000;

/** A wire between the browser and the dashboard that can be cut. */
interface Wire {
  readonly origin: string;
  cut(): Promise<void>;
  mend(): Promise<void>;
  close(): Promise<void>;
}
const layWire = async (to: number): Promise<Wire> => {
  const open = new Set<Socket>();
  const join = (near: Socket): void => {
    const far = connect(to, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
    }
    near.pipe(far).pipe(near);
  };
  let server: Server = createServer(join);
  const listen = (port: number): Promise<void> => new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const cut = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of open) socket.destroy();
    await closed;
  };
  return {
    origin: `http://127.0.0.1:${port}`,
    cut,
    async mend() {
      server = createServer(join);
      await listen(port);
    },
    close: cut,
  };
};

interface Heard {
  readonly requests: string[];
  readonly joins: number[];
  readonly batches: (readonly number[])[];
}
type Frame = readonly [
  name: string,
  body: { readonly stream?: string; readonly after?: number; readonly events?: readonly { readonly seq: number }[] },
];
const frameOf = (payload: string | Buffer): Frame | null => {
  const text = payload.toString();
  return text.startsWith('42[') ? (JSON.parse(text.slice(2)) as Frame) : null;
};
/** Everything the page of a stream sends and gets, once it stands. */
const hear = (page: Page, stream: string): Heard => {
  const heard: Heard = { requests: [], joins: [], batches: [] };
  page.on('request', (request) => {
    if (['xhr', 'fetch'].includes(request.resourceType())) heard.requests.push(request.url());
  });
  page.on('websocket', (socket) => {
    socket.on('framesent', ({ payload }) => {
      const frame = frameOf(payload);
      if (frame?.[0] === 'join' && frame[1].stream === stream) heard.joins.push(frame[1].after ?? -1);
    });
    socket.on('framereceived', ({ payload }) => {
      const frame = frameOf(payload);
      if (frame?.[0] === 'events' && frame[1].stream === stream)
        heard.batches.push((frame[1].events ?? []).map((one) => one.seq));
    });
  });
  return heard;
};
const seqOf = async (page: Page): Promise<number> => Number(await page.locator('body').getAttribute('data-seq'));
const awaitSeq = async (page: Page, reached: (seq: number) => boolean): Promise<void> => {
  const until = Date.now() + 60_000;
  while (!reached(await seqOf(page))) {
    if (Date.now() > until) throw new Error(`the board stands at ${await seqOf(page)}`);
    await sleep(100);
  }
};
/** Numbers the page took: it drops what it has and asks again on a gap. */
const taken = (first: number, batches: Heard['batches']): readonly number[] => {
  const list: number[] = [];
  for (const seq of batches.flat()) if (seq === (list.at(-1) ?? first) + 1) list.push(seq);
  return list;
};

/** What an admin sees while villages change; through a wire that is cut in the middle. */
export const browserTheme = (world: World): void => {
  describe('the live board', () => {
    let browser: Browser;
    let wire: Wire;
    beforeAll(async () => {
      browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
      wire = await layWire(world.installation().config.dashboardPort);
    }, 120_000);
    afterAll(async () => {
      await browser.close();
      await wire.close();
    });

    test('shows every event once and in order over a WebSocket, across a cut of ten seconds', async () => {
      const installation = world.installation();
      const page = await browser.newPage();
      await page.goto(`${wire.origin}/masuk/${installation.signInToken}`);
      await page.waitForURL((url) => !url.pathname.startsWith('/masuk'));

      const id = await startRollout(installation, 'restart', '--all');
      const stream = `rollout:${id}`;
      const heard = hear(page, stream);
      await page.goto(`${wire.origin}/pembaruan/${id}`);
      await page.waitForSelector('[data-live-mark][data-live="on"], [data-live-mark]:not([hidden])');
      const asked = heard.requests.length;
      // The number the page was drawn with.
      const [first = -1] = heard.joins;
      await awaitSeq(page, (seq) => seq > first);

      const beforeCut = await seqOf(page);
      await wire.cut();
      await page.waitForSelector('[data-live-mark][data-live="off"]', { timeout: 30_000 });
      await sleep(CUT_MS);
      await wire.mend();

      while (!isEnded((await showRollout(installation, id)).state)) await sleep(500);
      const rows = await select(installation, 'SELECT seq FROM events WHERE stream = ? ORDER BY seq', [stream]);
      const last = Number(rows.at(-1)?.['seq']);
      await awaitSeq(page, (seq) => seq === last);
      const list = taken(first, heard.batches);
      console.info(
        `board: ${list.length} events from ${first} to ${last}, cut at ${beforeCut}, joined at ${heard.joins.join(', ')}`,
      );
      expect(list).toEqual(rows.map((row) => Number(row['seq'])).filter((seq) => seq > first));
      expect(heard.joins.length).toBeGreaterThanOrEqual(2);
      expect(first).toBeGreaterThanOrEqual(0);
      // It paints at most twice a second.
      for (const one of VILLAGES)
        await page.waitForSelector(`.sp-t[href="?desa=${one.kode}"][data-s="done"]`, { timeout: 10_000 });
      // Parts of the page are drawn anew when the rollout changes its state, not by the clock.
      const fetched = heard.requests.slice(asked);
      console.info(
        `board: ${fetched.length} requests: ${[...new Set(fetched.map((url) => new URL(url).pathname))].join(', ')}`,
      );
      expect(fetched.filter((url) => url.includes('socket.io'))).toEqual([]);
      expect(fetched.length).toBeLessThan(list.length / 4);
      await page.close();
    });
  });
};
