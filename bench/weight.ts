/**
 * What a visitor on a slow line carries and waits for, and what the dashboard holds in memory, with 852 desa:
 * `npx tsx bench/weight.ts [--only pages|memory] [--out FOLDER]`. Pages: Chromium with an empty cache at 400 kbit/s and 400 ms, five
 * visits each. Memory: web, worker and Redis while the worker looks at all 2,556 apps and people read. Needs an engine for the worker
 * (`DOCKER_HOST`, else the usual socket). Exit 1 when a number is missed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { answerForAll } from './fleet/answering';
import { SLOW_LINE, visitCold, type Cold } from './fleet/cold-page';
import { residentTogether, type Together } from './fleet/memory';
import { keepFresh } from './fleet/observe';
import { readOptions } from './fleet/options';
import { machineBefore, writeResult } from './fleet/results';
import { Visitor } from './fleet/visitor';
import { openBrowser, openEar } from './fleet/watchers';
import { startFleet, type FleetWorld } from './fleet/world';

const TARGET = { kilobytes: 100, usableMs: 3000, memoryMib: 250 };
const VISITS = 5;
const ROUNDS = 3;
const EARS = 20;

const middle = (values: readonly number[]): number =>
  Math.round([...values].sort((left, right) => left - right)[values.length >> 1] ?? 0);
const kilobytes = (bytes: number): number => Math.round(bytes / 100) / 10;

interface PageRow {
  readonly name: string;
  readonly kilobytes: number;
  readonly sent: readonly string[];
  readonly firstPaintMs: number;
  readonly largestPaintMs: number;
  readonly readyMs: number;
  readonly usableMs: number;
  readonly slowestUsableMs: number;
  readonly pressed: number;
}
const rowOf = (name: string, visits: readonly Cold[]): PageRow => {
  const heaviest = [...visits].sort((left, right) => right.bytes - left.bytes)[0];
  return {
    name,
    kilobytes: kilobytes(heaviest?.bytes ?? NaN),
    sent: (heaviest?.sent ?? []).map(({ what, encoding, bytes }) => `${what} ${kilobytes(bytes)} KB ${encoding}`),
    firstPaintMs: middle(visits.map((one) => one.firstPaint)),
    largestPaintMs: middle(visits.map((one) => one.largestPaint)),
    readyMs: middle(visits.map((one) => one.ready)),
    usableMs: middle(visits.map((one) => one.usable)),
    slowestUsableMs: Math.round(Math.max(...visits.map((one) => one.usable))),
    pressed: visits.filter((one) => one.pressed).length,
  };
};

const coldPages = async (): Promise<readonly PageRow[]> => {
  const world = await startFleet({ state: '852', rollout: 'half' });
  const observer = keepFresh(world.transact, 'worker_here');
  const browser = await openBrowser();
  const visitor = new Visitor(world.origin, 1);
  const rows: PageRow[] = [];
  try {
    await visitor.signIn();
    const { cookie } = visitor.browser;
    const pages = [
      ['Ringkasan', '/', 'a[href^="/"]'],
      ['Desa', '/desa', 'a.sp-name'],
      ['Papan', `/pembaruan/${world.seeded.rolloutId ?? ''}`, 'a[href^="?desa="]'],
    ] as const;
    for (const [name, where, link] of pages) {
      await visitor.ask(where);
      const visits: Cold[] = [];
      while (visits.length < VISITS) visits.push(await visitCold(browser, { url: world.origin + where, link, cookie }));
      const row = rowOf(name, visits);
      rows.push(row);
      console.log(JSON.stringify(row, null, 2));
    }
  } finally {
    visitor.close();
    await browser.close();
    await observer.stop();
    await world.stop();
  }
  return rows;
};

const redisPid = async ({ redis }: FleetWorld): Promise<number> => {
  const client = new Redis(redis.url);
  try {
    return Number(/^process_id:(\d+)/m.exec(await client.info('server'))?.[1]);
  } finally {
    client.disconnect();
  }
};

/** Every page of the menu, each desa's own, boards and reports of runs that are over. */
const read = async (visitor: Visitor, { seeded, db }: FleetWorld): Promise<number> => {
  const runs = await db('rollouts')
    .where({ kind: 'update' })
    .orderBy('created_at', 'desc')
    .limit(3)
    .pluck<string[]>('id');
  const urls = [
    ...Array.from({ length: 20 }, () => ['/', '/desa', '/rilis', '/pembaruan', '/server', '/basis-data', '/cadangan']),
    ...seeded.kodes.slice(0, 100).map((kode) => [`/desa/${kode}`, `/desa?cari=${kode}`]),
    ...runs.map((id) => [`/pembaruan/${id}`, `/pembaruan/${id}/laporan`]),
  ].flat();
  const queue = [...urls];
  const work = async (): Promise<void> => {
    for (let url = queue.pop(); url !== undefined; url = queue.pop()) {
      const { status } = await visitor.ask(url);
      if (status !== 200) throw new Error(`${url} gave ${status}`);
    }
  };
  await Promise.all(Array.from({ length: 4 }, work));
  return urls.length;
};

interface Held {
  readonly requests: number;
  readonly looks: number;
  /** The most of the samples. */
  readonly most: Together;
  readonly last: Together;
}
const memory = async (): Promise<Held> => {
  const world = await startFleet({ state: '852', rollout: 'none' });
  const all = await answerForAll(world.config, world.transact);
  const visitor = new Visitor(world.origin, 4);
  try {
    await world.db('instances').update({ deep_observed_at: world.db.raw('UTC_TIMESTAMP(3)') });
    const worker = await world.startPart('worker', { DOCKER_HOST: world.config.dockerHost });
    const processes = {
      web: { pid: world.webPid, program: 'node' },
      worker: { pid: worker.pid ?? -1, program: 'node' },
      redis: { pid: await redisPid(world), program: 'redis' },
    };
    await visitor.signIn();
    const [run] = await world.db('rollouts').orderBy('created_at', 'desc').limit(1).pluck<string[]>('id');
    const ears = Array.from({ length: EARS }, () =>
      openEar(world.origin, visitor.browser.cookie, `rollout:${run ?? ''}`, `/pembaruan/${run ?? ''}`),
    );
    const looks = world.seeded.kodes.length * 3 * ROUNDS;
    let requests = 0;
    let most: Together | null = null;
    let last: Together | null = null;
    // People read all the while: a heap that is let be would be smaller.
    while (all.answered() < looks) {
      requests += await read(visitor, world);
      await sleep(2000);
      if (worker.exitCode !== null) throw new Error(`worker ended with ${worker.exitCode}`);
      last = residentTogether(processes);
      if (most === null || last.once > most.once) most = last;
      console.error(`${all.answered()} looks, ${requests} requests, ${JSON.stringify(last)}`);
    }
    ears.forEach((ear) => ear.close());
    if (most === null || last === null) throw new Error('nothing was measured');
    return { requests, looks: all.answered(), most, last };
  } finally {
    visitor.close();
    await world.stop();
    await all.stop();
  }
};

const main = async (): Promise<number> => {
  const options = readOptions();
  const before = machineBefore();
  const pages = options.only === 'memory' ? [] : await coldPages();
  const held = options.only === 'pages' ? null : await memory();
  if (held !== null) console.log(JSON.stringify(held, null, 2));
  writeResult('weight', before, { target: TARGET, line: SLOW_LINE, visits: VISITS, pages, memory: held }, options.out);
  const light = pages.every(
    (one) => one.kilobytes <= TARGET.kilobytes && one.usableMs <= TARGET.usableMs && one.pressed === VISITS,
  );
  return light && (held === null || held.most.once <= TARGET.memoryMib) ? 0 : 1;
};
void main().then((code) => process.exit(code));
