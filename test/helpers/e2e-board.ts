import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import type { LiveBatch, LiveNews } from '../../server/domain/live-events';

interface Arrival {
  readonly at: number;
  readonly batch: LiveBatch;
}
/** What the browser itself says of its network while a board is open; times in ms of this machine's clock. */
export interface Heard {
  /** When a frame of any kind came over the WebSocket. */
  readonly frames: readonly number[];
  /** The number each join asked to go on from. */
  readonly joins: readonly number[];
  readonly batches: readonly Arrival[];
  /** When the worker was told to be gone, or back. */
  readonly turns: readonly number[];
  /** XHR and fetch. */
  readonly requests: readonly { readonly at: number; readonly url: string }[];
  /** Lines the page added to its list of events, in that order. */
  lines(): Promise<readonly string[]>;
}
type Frame = readonly [name: string, body: Partial<LiveBatch> & { readonly worker?: boolean }];
const isBatch = (body: Partial<LiveBatch>): body is LiveBatch =>
  body.stream?.startsWith('rollout:') === true && body.news !== undefined;
const frameOf = (text: string): Frame | null => (text.startsWith('42[') ? (JSON.parse(text.slice(2)) as Frame) : null);

/** Writes down what is added to the list of events, from the first moment of each page. */
const REMEMBER = `addEventListener('DOMContentLoaded', () => {
  const feed = document.querySelector('[data-feed]');
  window.addedLines = [];
  if (feed) new MutationObserver((changes) => {
    for (const { addedNodes } of changes) for (const node of addedNodes)
      if (node.tagName === 'LI') window.addedLines.push(node.querySelector('time').dateTime + ' ' + node.querySelector('span').textContent);
  }).observe(feed, { childList: true });
});`;

/** Begins to listen; call it before the page of the board opens. Only events of rollouts are kept. */
export const hearBoard = async (page: Page): Promise<Heard> => {
  const frames: number[] = [];
  const joins: number[] = [];
  const batches: Arrival[] = [];
  const turns: number[] = [];
  let worker = true;
  const requests: { at: number; url: string }[] = [];
  await page.addInitScript({ content: REMEMBER });
  const network = await page.context().newCDPSession(page);
  await network.send('Network.enable');
  network.on('Network.webSocketFrameReceived', ({ response }) => {
    frames.push(Date.now());
    const frame = frameOf(response.payloadData);
    if (frame?.[0] === 'events' && isBatch(frame[1])) batches.push({ at: Date.now(), batch: frame[1] });
    if (frame?.[0] === 'beat' && frame[1].worker !== worker) {
      worker = !worker;
      turns.push(Date.now());
    }
  });
  network.on('Network.webSocketFrameSent', ({ response }) => {
    const frame = frameOf(response.payloadData);
    if (frame?.[0] === 'join' && frame[1].stream?.startsWith('rollout:') === true) joins.push(frame[1].after ?? -1);
  });
  network.on('Network.requestWillBeSent', ({ type, request }) => {
    if (type === 'XHR' || type === 'Fetch') requests.push({ at: Date.now(), url: request.url });
  });
  const lines = (): Promise<readonly string[]> => page.evaluate<readonly string[]>('window.addedLines');
  return { frames, joins, batches, turns, requests, lines };
};

/** Numbers and lines the page took: it drops what it has and asks again on a gap. */
export const takenBy = ({
  joins,
  batches,
}: Heard): { readonly seqs: readonly number[]; readonly news: readonly LiveNews[] } => {
  const seqs: number[] = [];
  const news: LiveNews[] = [];
  for (const { batch } of batches) {
    const known = seqs.at(-1) ?? joins[0] ?? -1;
    if (batch.after > known) continue;
    for (let seq = known + 1; seq <= batch.last; seq += 1) seqs.push(seq);
    news.push(...batch.news.filter(([seq]) => seq > known));
  }
  return { seqs, news };
};

// Parts only the server draws follow a change of structure at once, any other within 15 s; before and after that up to 2 s of chance each,
// and a question before it may take 10 s (none comes back from a network that is gone) and 4 s of rest.
const DRAWN_WITHIN_MS = 15_000 + 2_000 + 10_000 + 4_000 + 2_000 + 1_000;
/** Requests no event called for: what a page that polls would send. */
export const pollsOf = ({ batches, turns, requests }: Heard): readonly string[] => {
  const changes = batches.filter(({ batch }) => batch.kinds.length + batch.members.length > 0).map((one) => one.at);
  const calls = [...changes, ...turns];
  return requests
    .filter(
      ({ at, url }) => url.includes('/socket.io') || !calls.some((call) => call <= at && at - call < DRAWN_WITHIN_MS),
    )
    .map((one) => one.url);
};

export const seqOf = async (page: Page): Promise<number> => Number(await page.getAttribute('body', 'data-seq'));
/** Waits until the page has taken the event with this number. */
export const awaitSeq = async (page: Page, wanted: number): Promise<void> => {
  const until = Date.now() + 60_000;
  while ((await seqOf(page)) < wanted) {
    if (Date.now() > until) throw new Error(`the board stands at ${await seqOf(page)}, not ${wanted}`);
    await sleep(100);
  }
};
