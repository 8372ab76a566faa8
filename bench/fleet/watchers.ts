import { get } from 'node:http';
import { connect, createServer, type AddressInfo, type Socket as NetSocket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { io, type Socket } from 'socket.io-client';
import type { LiveBatch } from '../../server/domain/live-events';

/** Numbers of the rows a viewer took, and when each was there; ms of this machine's clock. */
export interface Taken {
  readonly seqs: number[];
  readonly at: Map<number, number>;
}
const take = (taken: Taken, first: number, { after, last }: Pick<LiveBatch, 'after' | 'last'>): 'gap' | 'taken' => {
  const known = taken.seqs.at(-1) ?? first;
  if (after > known) return 'gap';
  for (let seq = known + 1; seq <= last; seq += 1) {
    taken.seqs.push(seq);
    taken.at.set(seq, Date.now());
  }
  return 'taken';
};

const LOUD: readonly string[] = ['down', 'unmeasured', 'quarantined', 'failed'];
const CALM_MS = 15_000;
const REST_MS = 4000;
const SPREAD_MS = 2000;
/** As `swap` of the board's script: asks again for what only the server draws, soon after trouble, later after any change. */
class PartsFollower {
  bytes = 0;
  private readonly url: string;
  private readonly cookie: string;
  private asking = false;
  private again = false;
  private later: NodeJS.Timeout | null = null;
  constructor(url: string, cookie: string) {
    this.url = url;
    this.cookie = cookie;
  }

  hear({ members, kinds }: Pick<LiveBatch, 'members' | 'kinds'>): void {
    if (kinds.length > 0 || members.some(([, , state]) => LOUD.includes(state))) void this.swap();
    if (members.length === 0) return;
    this.later ??= setTimeout(() => {
      this.later = null;
      void this.swap();
    }, CALM_MS);
  }
  private async swap(): Promise<void> {
    this.again = this.asking;
    if (this.asking) return;
    this.asking = true;
    await sleep(Math.random() * SPREAD_MS);
    await new Promise<void>((done) => {
      const headers = { cookie: this.cookie, accept: 'text/html', 'accept-encoding': 'gzip', 'x-sp-parts': '1' };
      const request = get(this.url, { headers, agent: false }, (answer) => {
        answer.on('close', done);
        answer.on('end', () => (this.bytes += answer.socket.bytesRead));
        answer.resume();
      });
      request.on('error', () => done());
    });
    await sleep(REST_MS);
    this.asking = false;
    if (this.again) void this.swap();
  }
}

/** A viewer without a screen: the browser's rules over socket.io-client. */
export interface Ear {
  readonly taken: Taken;
  /** Bytes that came over its wire so far. */
  bytes(): number;
  close(): void;
}
/** `where` = page of the stream. */
export const openEar = (origin: string, cookie: string, stream: string, where: string): Ear => {
  const first = 0;
  const taken: Taken = { seqs: [], at: new Map() };
  const parts = new PartsFollower(`${origin}${where}`, cookie);
  const socket: Socket = io(origin, { transports: ['websocket'], extraHeaders: { cookie }, forceNew: true });
  const join = (): void => void socket.emit('join', { stream, after: taken.seqs.at(-1) ?? first });
  socket.on('connect', join);
  socket.on('events', (batch: LiveBatch) => {
    if (take(taken, first, batch) === 'gap') join();
    else parts.hear(batch);
  });
  return {
    taken,
    bytes: () => (rawSocketOf(socket)?.bytesRead ?? 0) + parts.bytes,
    close: () => void socket.disconnect(),
  };
};
/** Below Socket.IO, Engine.IO and WebSocket there is one TCP connection; none of them tells how much it carried. */
const rawSocketOf = (socket: Socket): NetSocket | undefined => {
  const { transport } = socket.io.engine as { readonly transport?: { readonly ws?: { readonly _socket?: NetSocket } } };
  return transport?.ws?._socket;
};

/** A wire that counts what comes down to the browser, and can fall silent and be mended. */
export interface CountedWire {
  readonly origin: string;
  bytes(): number;
  hush(): void;
  sever(): void;
  mend(): void;
  close(): Promise<void>;
}
export const layCountedWire = async (to: number): Promise<CountedWire> => {
  const open = new Set<NetSocket>();
  let bytes = 0;
  let state: 'whole' | 'silent' | 'cut' = 'whole';
  const server = createServer((near) => {
    if (state !== 'whole') {
      near.destroy();
      return;
    }
    const far = connect(to, '127.0.0.1');
    const pass = (from: NetSocket, into: NetSocket, count: (length: number) => void): void => {
      open.add(from);
      from.on('data', (part: Buffer) => {
        if (state !== 'whole') return;
        count(part.length);
        into.write(part);
      });
      from.on('error', () => into.destroy());
      from.on('close', () => {
        open.delete(from);
        into.destroy();
      });
    };
    pass(far, near, (length) => (bytes += length));
    pass(near, far, () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bytes: () => bytes,
    hush: () => void (state = 'silent'),
    sever() {
      state = 'cut';
      for (const socket of open) socket.destroy();
    },
    mend: () => void (state = 'whole'),
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

/** Writes down when the page showed which number: after the picture of the screen that has it was made. */
const REMEMBER = `addEventListener('DOMContentLoaded', () => {
  window.shown = [];
  new MutationObserver(() => {
    const seq = Number(document.body.dataset.seq);
    setTimeout(() => window.shown.push([seq, Date.now()]));
  }).observe(document.body, { attributeFilter: ['data-seq'] });
});`;

export interface Screen {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Number of the page as it was first drawn. */
  readonly first: number;
  readonly taken: Taken;
  readonly joins: readonly number[];
  /** [number, when it was on the screen] */
  shown(): Promise<readonly (readonly [number, number])[]>;
  /** Processor time of the browser's main thread for this page so far, seconds. */
  spent(): Promise<Readonly<Record<'all' | 'script' | 'style' | 'layout', number>>>;
}
export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });

interface Size {
  readonly width: number;
  readonly height: number;
}
/** Cookies belong to a host, whatever the port: the sign-in of the dashboard holds on every wire to it. */
export const signedIn = async (browser: Browser, cookie: string, viewport: Size): Promise<BrowserContext> => {
  const context = await browser.newContext({ viewport });
  await context.addCookies(
    cookie.split('; ').map((pair) => ({
      name: pair.slice(0, pair.indexOf('=')),
      value: pair.slice(pair.indexOf('=') + 1),
      domain: '127.0.0.1',
      path: '/',
    })),
  );
  return context;
};

export const openScreen = async (browser: Browser, url: string, cookie: string): Promise<Screen> => {
  const context = await signedIn(browser, cookie, { width: 1280, height: 900 });
  const page = await context.newPage();
  const taken: Taken = { seqs: [], at: new Map() };
  const joins: number[] = [];
  await page.addInitScript({ content: REMEMBER });
  const network = await context.newCDPSession(page);
  await network.send('Network.enable');
  await network.send('Performance.enable', { timeDomain: 'threadTicks' });
  network.on('Network.webSocketFrameSent', ({ response }) => {
    const after = /^42\["join",.*"after":(\d+)/.exec(response.payloadData)?.[1];
    if (after !== undefined) joins.push(Number(after));
  });
  network.on('Network.webSocketFrameReceived', ({ response: { payloadData } }) => {
    if (!payloadData.startsWith('42["events"')) return;
    const [, batch] = JSON.parse(payloadData.slice(2)) as readonly [string, LiveBatch];
    take(taken, joins[0] ?? 0, batch);
  });
  await page.goto(url, { waitUntil: 'load' });
  await page.waitForSelector('[data-live-mark]:not([hidden])');
  const shown = (): Promise<readonly (readonly [number, number])[]> => page.evaluate('window.shown');
  const spent: Screen['spent'] = async () => {
    const { metrics } = await network.send('Performance.getMetrics');
    const seconds = (name: string): number =>
      Math.round((metrics.find((one) => one.name === name)?.value ?? 0) * 10) / 10;
    return {
      all: seconds('TaskDuration'),
      script: seconds('ScriptDuration'),
      style: seconds('RecalcStyleDuration'),
      layout: seconds('LayoutDuration'),
    };
  };
  return { page, context, first: joins[0] ?? 0, taken, joins, shown, spent };
};

/** The page without what must differ: tokens of forms, nonces, the clock, how old the numbers are, what a screen reader was told. */
export const pictureOf = (page: Page): Promise<string> =>
  page.evaluate(`(() => {
    const body = document.body.cloneNode(true);
    const all = (selector) => body.querySelectorAll(selector);
    for (const name of ['data-now', 'data-worker', 'data-seq']) body.removeAttribute(name);
    all('script,[data-live-mark],.sp-clock,[data-say]').forEach((node) => node.remove());
    all('input[name=_csrf]').forEach((node) => node.removeAttribute('value'));
    all('[disabled]').forEach((node) => node.removeAttribute('disabled'));
    // Attributes have no order of their own.
    for (const node of all('*')) {
      const own = [...node.attributes].sort((left, right) => (left.name < right.name ? -1 : 1));
      own.forEach(({ name }) => node.removeAttribute(name));
      own.forEach(({ name, value }) => node.setAttribute(name, value));
    }
    return body.outerHTML.replace(/></g, '>\\n<');
  })()`);
