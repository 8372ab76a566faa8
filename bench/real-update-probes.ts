import { request } from 'node:https';

/** One desa as its citizens know it. */
export interface Site {
  readonly kode: string;
  readonly host: string;
  /** On its front page and on no other's: twins share a name, never name and kecamatan. */
  readonly title: string;
}
/** `status` 0 = no answer; `body` then says why. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly ms: number;
}
export type Visit = (host: string, path: string) => Promise<Answer>;

/** Visits as a citizen's browser makes them: a new connection each, SNI and Host of the desa, the installation's CA trusted. */
export const visitor =
  (port: number, ca: string, address = '127.0.0.1'): Visit =>
  (host, path) =>
    new Promise((resolve) => {
      const began = performance.now();
      const done = (status: number, body: string): void => resolve({ status, body, ms: performance.now() - began });
      const headers = { host: `${host}:${port}` };
      const outgoing = request(
        { host: address, port, servername: host, path, agent: false, ca, timeout: 30_000, headers },
        (incoming) => {
          const parts: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => parts.push(chunk));
          incoming.on('error', (error) => done(0, error.message));
          incoming.on('end', () => done(incoming.statusCode ?? 0, Buffer.concat(parts).toString('utf8')));
        },
      );
      outgoing.on('timeout', () => outgoing.destroy(new Error('30 s without an answer')));
      outgoing.on('error', (error) => done(0, error.message));
      outgoing.end();
    });

/** Without tags, white space folded. */
export const readable = (html: string): string =>
  html
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();

export interface Probed {
  readonly sent: number;
  readonly slowestMs: number;
  /** Moment and what was wrong: another status than 200, or a page without the desa's own title. */
  readonly failed: readonly string[];
}

/** `/` of every site at a fixed rate, however long an answer takes, until it is stopped. */
export const probeSites = (
  visit: Visit,
  sites: readonly Site[],
  hertz: number,
): { readonly stop: () => Promise<ReadonlyMap<string, Probed>> } => {
  const seen = new Map(sites.map((site) => [site.kode, { sent: 0, slowestMs: 0, failed: [] as string[] }]));
  const under = new Set<Promise<void>>();
  const look = async ({ kode, host, title }: Site): Promise<void> => {
    const total = seen.get(kode);
    if (total === undefined) return;
    total.sent += 1;
    const at = new Date().toISOString();
    const answer = await visit(host, '/');
    total.slowestMs = Math.max(total.slowestMs, Math.round(answer.ms));
    if (answer.status !== 200) total.failed.push(`${at} ${answer.status} ${readable(answer.body).slice(0, 100)}`);
    else if (!readable(answer.body).includes(title)) total.failed.push(`${at} 200 without ${title}`);
  };
  const timers = sites.map((site) =>
    setInterval(() => {
      const one = look(site).finally(() => under.delete(one));
      under.add(one);
    }, 1000 / hertz),
  );
  return {
    stop: async () => {
      timers.forEach((timer) => clearInterval(timer));
      await Promise.all(under);
      return seen;
    },
  };
};
