import type { Browser } from 'playwright-core';
import { signedIn } from './watchers';

/** Bits a second both ways, and what every request waits for its answer. */
export const SLOW_LINE = { bitsPerSecond: 400_000, latencyMs: 400 } as const;
/** Nothing came for so long: the page is all there. */
const QUIET_MS = 2500;

export interface Sent {
  readonly what: string;
  readonly encoding: string;
  /** Of head and body, as it came over the wire. */
  readonly bytes: number;
}
export interface Cold {
  readonly sent: readonly Sent[];
  readonly bytes: number;
  /** ms since the address was entered. */
  readonly firstPaint: number;
  readonly largestPaint: number;
  /** HTML read, scripts run. */
  readonly ready: number;
  /** The first link of the content is drawn, stands still and takes a press. */
  readonly usable: number;
  /** The press asked for what the link names. */
  readonly pressed: boolean;
}

/** One visit with an empty cache over a slow line, with the screen of a phone. `link` = a link of the content. */
export const visitCold = async (
  browser: Browser,
  { url, link, cookie }: { readonly url: string; readonly link: string; readonly cookie: string },
): Promise<Cold> => {
  const context = await signedIn(browser, cookie, { width: 390, height: 844 });
  try {
    const page = await context.newPage();
    const network = await context.newCDPSession(page);
    await network.send('Network.enable');
    const throughput = SLOW_LINE.bitsPerSecond / 8;
    await network.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: SLOW_LINE.latencyMs,
      downloadThroughput: throughput,
      uploadThroughput: throughput,
    });
    const heads = new Map<string, Pick<Sent, 'what' | 'encoding'>>();
    const sent: Sent[] = [];
    let last = Date.now();
    network.on('Network.responseReceived', ({ requestId, type, response }) => {
      const encoding = Object.entries(response.headers).find(([name]) => name.toLowerCase() === 'content-encoding');
      if (response.url.startsWith('data:')) return;
      const name = new URL(response.url).pathname.replace(/\.[0-9a-f]{10}\./, '.');
      heads.set(requestId, { what: type === 'Document' ? 'HTML' : name, encoding: encoding?.[1] ?? 'none' });
    });
    network.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      const head = heads.get(requestId);
      if (head !== undefined) sent.push({ ...head, bytes: encodedDataLength });
      last = Date.now();
    });
    await page.addInitScript({ content: REMEMBER_PAINT });
    await page.goto(url, { waitUntil: 'domcontentloaded' });
    const first = page.locator(`main ${link}`).locator('visible=true').first();
    await first.click({ trial: true });
    const usable: number = await page.evaluate('performance.now()');
    await page.waitForLoadState('load');
    while (Date.now() - last < QUIET_MS) await page.waitForTimeout(200);
    const times: Pick<Cold, 'firstPaint' | 'largestPaint' | 'ready'> = await page.evaluate(READ_TIMES);
    const all = [...sent];
    const goal = new URL((await first.getAttribute('href')) ?? '', url).href;
    const asked = page.waitForRequest((request) => request.url() === goal, { timeout: 5000 });
    const pressed = await Promise.all([asked, first.click({ noWaitAfter: true })]).then(
      () => true,
      () => false,
    );
    const bytes = all.reduce((sum, one) => sum + one.bytes, 0);
    return { sent: all, bytes, ...times, usable: Math.max(usable, times.firstPaint, times.ready), pressed };
  } finally {
    await context.close();
  }
};

const REMEMBER_PAINT = `window.largest = 0;
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) window.largest = one.startTime;
}).observe({ type: 'largest-contentful-paint', buffered: true });`;
const READ_TIMES = `({
  firstPaint: performance.getEntriesByName('first-contentful-paint')[0].startTime,
  largestPaint: window.largest,
  ready: performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd,
})`;
