/**
 * How long the lists take with 852 desa: `npx tsx bench/lists.ts [--requests 500] [--only TEXT] [--out FOLDER]`. Every filter, sort and
 * saved view the Desa list offers, and every other list of the menu, 500 requests each, one and eight at once, while the observer writes
 * and a rollout runs. Exit 1 when a p95 is 100 ms or more, or an answer was not 200.
 */
import { keepFresh } from './fleet/observe';
import { readOptions } from './fleet/options';
import { machineBefore, spreadOf, writeResult, type Spread } from './fleet/results';
import { Visitor } from './fleet/visitor';
import { startFleet, usedCpuMs } from './fleet/world';

const TARGET_MS = 100;
const TOGETHER = [1, 8] as const;
const WARM_UP = 30;
/** A web process runs for months: what is measured is not its first minute. */
const RUN_IN = 1500;

interface Case {
  readonly name: string;
  /** Asked in turn. */
  readonly urls: readonly string[];
}
interface Row extends Spread {
  readonly name: string;
  readonly together: number;
  readonly kib: number;
  readonly wrong: number;
  /** Processor time of one request, ms. */
  readonly webMs: number;
  readonly databaseMs: number;
}
const unescape = (text: string): string =>
  text.replaceAll('&amp;', '&').replaceAll('&#34;', '"').replaceAll('&#39;', "'");
const found = (html: string, pattern: RegExp): readonly string[] => [
  ...new Set([...html.matchAll(pattern)].map((hit) => unescape(hit[1] ?? ''))),
];

/** What the page itself offers, so that a new filter is measured without anybody remembering it. */
const casesOfDesa = (html: string): readonly Case[] => {
  const form = /<form class="sp-toolbar"[\s\S]*?<\/form>/.exec(html)?.[0] ?? '';
  const head = /<thead>[\s\S]*?<\/thead>/.exec(html)?.[0] ?? '';
  const filters = new Map<string, string[]>();
  for (const [, tag = ''] of form.matchAll(/<(?:input|option)\b([^>]*)>/g)) {
    const [name, value] = [/name="([^"]*)"/.exec(tag)?.[1], /value="([^"]*)"/.exec(tag)?.[1]];
    if (name === undefined || value === undefined || value === '' || name === 'cari') continue;
    filters.set(name, [...(filters.get(name) ?? []), unescape(value)]);
  }
  const sorts = found(head, /href="(\?[^"]*urut=[^"]*)"/g).flatMap((href) => {
    const other = href.includes('arah=naik')
      ? href.replace('arah=naik', 'arah=turun')
      : href.replace('arah=turun', 'arah=naik');
    return [href, other];
  });
  const views = found(html, /class="sp-chip" href="\/desa(\?[^"]*)"/g);
  const search = (words: readonly string[]): string[] => words.map((word) => `/desa?cari=${encodeURIComponent(word)}`);
  return [
    { name: 'Desa, semua', urls: ['/desa'] },
    { name: 'Desa, halaman 2–17', urls: Array.from({ length: 16 }, (_, index) => `/desa?halaman=${index + 2}`) },
    ...[...filters].map(([name, values]) => ({
      name: `Desa, saring ${name} (${values.length})`,
      urls: values.map((value) => `/desa?${name}=${encodeURIComponent(value)}`),
    })),
    ...[...filters].map(([name, values]) => ({
      name: `Desa, saring ${name} dua nilai + urut nama`,
      urls: [
        `/desa?${values
          .slice(0, 2)
          .map((value) => `${name}=${encodeURIComponent(value)}`)
          .join('&')}&urut=nama&arah=naik`,
      ],
    })),
    ...sorts.map((href) => ({ name: `Desa, ${href.slice(1).replace('&', ' ')}`, urls: [`/desa${href}`] })),
    ...views.map((href) => ({ name: `Desa, tampilan ${href.slice(1)}`, urls: [`/desa${href}`] })),
    { name: 'Desa, cari nama', urls: search(['meunasah', 'alue', 'Keude', 'blang']) },
    { name: 'Desa, cari kode', urls: search(['11.08.12', '1108132009', '2004']) },
    { name: 'Desa, cari domain', urls: search(['kec-tanah-luas', 'acehutara.go.id']) },
    { name: 'Desa, cari tanpa hasil', urls: search(['meunasha alu', 'zzzz']) },
  ];
};

const casesOf = async (visitor: Visitor, rolloutId: string): Promise<readonly Case[]> => {
  const { text } = await visitor.browser.get('/desa');
  const lists = found(text, /href="(\/[a-z-]*)"/g).filter((href) => !['/desa', '/keluar', '/masuk'].includes(href));
  const board = `/pembaruan/${rolloutId}`;
  return [
    ...casesOfDesa(text),
    ...lists.map((href) => ({ name: `Halaman ${href}`, urls: [href] })),
    { name: 'Pembaruan, halaman 2', urls: ['/pembaruan?halaman=2'] },
    { name: 'Pembaruan, halaman 3', urls: ['/pembaruan?halaman=3'] },
    { name: 'Pembaruan, pilih desa', urls: ['/pembaruan/baru?action=update'] },
    { name: 'Papan, 852 desa × 3', urls: [board] },
    { name: 'Papan, daftar', urls: [`${board}?tampil=daftar`] },
    { name: 'Papan, urut gelombang, saring', urls: [`${board}?urut=gelombang&keadaan=done`] },
    { name: 'Papan, satu desa', urls: [`${board}?desa=11.08.12.2040`] },
    { name: 'Satu desa', urls: ['/desa/11.08.12.2009', '/desa/11.08.01.2001', '/desa/11.08.27.2003'] },
  ];
};

interface Bench {
  readonly visitor: Visitor;
  readonly webPid: number;
  readonly databasePid: number;
}
const measure = async (bench: Bench, one: Case, together: number, requests: number): Promise<Row> => {
  const { visitor, webPid, databasePid } = bench;
  const cpu = [usedCpuMs(webPid), usedCpuMs(databasePid)] as const;
  const times: number[] = [];
  let [next, bytes, wrong] = [0, 0, 0];
  const work = async (): Promise<void> => {
    while (next < requests) {
      const url = one.urls[next % one.urls.length] ?? '/';
      next += 1;
      const answer = await visitor.ask(url);
      times.push(answer.ms);
      bytes = Math.max(bytes, answer.bytes);
      if (answer.status !== 200) wrong += 1;
    }
  };
  await Promise.all(Array.from({ length: together }, work));
  const each = (pid: number, start: number): number => Math.round(((usedCpuMs(pid) - start) / requests) * 10) / 10;
  const used = { webMs: each(webPid, cpu[0]), databaseMs: each(databasePid, cpu[1]) };
  return { name: one.name, together, ...spreadOf(times), kib: Math.round(bytes / 102.4) / 10, wrong, ...used };
};

const print = (row: Row): void => {
  const { together, n, p50, p95, max, kib, webMs, databaseMs } = row;
  const cells = [together, n, p50, p95, max, kib, webMs, databaseMs].map((cell) => String(cell).padStart(8)).join('');
  console.log(
    `${row.name.padEnd(52)}${cells}${row.p95 < TARGET_MS ? '' : '  slow'}${row.wrong > 0 ? `  ${row.wrong} wrong` : ''}`,
  );
};

const main = async (): Promise<number> => {
  const options = readOptions();
  const before = machineBefore();
  const world = await startFleet({ state: '852', rollout: 'half' });
  const observer = keepFresh(world.transact, 'worker_here');
  const visitor = new Visitor(world.origin, 8);
  const rows: Row[] = [];
  try {
    await visitor.signIn();
    const bench = { visitor, webPid: world.webPid, databasePid: world.mariadb.pid };
    const cases = (await casesOf(visitor, world.seeded.rolloutId ?? '')).filter((one) =>
      one.name.includes(options.only),
    );
    console.log(`${'list'.padEnd(52)}  at once       n     p50     p95     max     KiB  web ms   db ms`);
    const all = { name: 'run in', urls: cases.flatMap((one) => one.urls) };
    await measure(bench, all, Math.max(...TOGETHER), RUN_IN);
    for (const together of TOGETHER)
      for (const one of cases) {
        await measure(bench, one, together, Math.min(WARM_UP, options.requests));
        const row = await measure(bench, one, together, options.requests);
        rows.push(row);
        print(row);
      }
  } finally {
    visitor.close();
    await observer.stop();
    await world.stop();
  }
  writeResult('lists', before, { targetMs: TARGET_MS, rows }, options.out);
  return rows.every((row) => row.p95 < TARGET_MS && row.wrong === 0) ? 0 : 1;
};
void main().then((code) => process.exit(code));
