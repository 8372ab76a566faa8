import { request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Installation } from './e2e-installation';

export interface Answer {
  /** 0 = no answer at all. */
  readonly status: number;
  readonly body: string;
  readonly location: string | null;
  /** The planned 503 of an app that holds its traffic. */
  readonly held: boolean;
}
/** One visit as a citizen's browser makes it: a new connection to the proxy, SNI and Host of the desa, our CA trusted. */
export const visit = (installation: Installation, host: string, path: string): Promise<Answer> =>
  new Promise((resolve) => {
    const { httpsPort } = installation.config;
    const outgoing = request(
      {
        host: '127.0.0.1',
        port: httpsPort,
        servername: host,
        path,
        agent: false,
        ca: installation.ca,
        timeout: 30_000,
        headers: { host: `${host}:${httpsPort}` },
      },
      (incoming) => {
        const parts: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => parts.push(chunk));
        incoming.on('error', (error) => resolve(nothing(error)));
        incoming.on('end', () => {
          const { headers, statusCode } = incoming;
          resolve({
            status: statusCode ?? 0,
            body: Buffer.concat(parts).toString('utf8'),
            location: headers.location ?? null,
            held: statusCode === 503 && headers['x-siappakai'] === 'held' && headers['retry-after'] !== undefined,
          });
        });
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error('timeout')));
    outgoing.on('error', (error) => resolve(nothing(error)));
    outgoing.end();
  });
const nothing = (error: Error): Answer => ({ status: 0, body: error.message, location: null, held: false });

/** Body as a person reads it: without tags, entities of names decoded, white space folded. */
export const readable = (html: string): string =>
  html
    .replace(/<[^>]*>/g, ' ')
    .replace(/&#0?39;/g, "'")
    .replace(/&amp;/g, '&')
    .replace(/\s+/g, ' ');

export interface Watched {
  readonly host: string;
  readonly path: string;
  /** Every 200 must contain it. */
  readonly name: string;
}
export interface Seen {
  readonly sent: number;
  readonly held: number;
  readonly failed: readonly string[];
}
/** Visits every address about `hertz` times a second until it is stopped; nothing is forgiven, only a hold is counted apart. */
export const watchSites = (
  installation: Installation,
  watched: readonly Watched[],
  hertz: number,
): { readonly stop: () => Promise<Seen> } => {
  let running = true;
  const total = { sent: 0, held: 0, failed: [] as string[] };
  const look = async ({ host, path, name }: Watched): Promise<void> => {
    const answer = await visit(installation, host, path);
    total.sent += 1;
    if (answer.held) total.held += 1;
    else if (answer.status !== 200 || !readable(answer.body).includes(name))
      total.failed.push(`${new Date().toISOString()} ${host}${path} ${answer.status} ${answer.body.slice(0, 120)}`);
  };
  const follow = async (one: Watched): Promise<void> => {
    while (running) {
      const began = Date.now();
      await look(one);
      await sleep(Math.max(0, 1000 / hertz - (Date.now() - began)));
    }
  };
  const all = Promise.all(watched.map(follow));
  return {
    stop: async () => {
      running = false;
      await all;
      return total;
    },
  };
};
