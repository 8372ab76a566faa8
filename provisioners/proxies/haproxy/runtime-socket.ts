import { ProvisionError } from '../../contracts';
import { FILE } from './options';
import { sizeOf, type RouteChange, type RouteTable } from './routes';
import type { Ask } from './command-socket';

/** HAProxy takes a command line of one buffer (16 KiB) at most. */
const LINE_BYTES = 12_000;
/** Above this a whole new table is prepared and committed at once. */
const SINGLE_CHANGES = 60;

export interface LiveProxy {
  readonly version: string;
  readonly pid: number;
  /** Fingerprint of the configuration it runs. */
  readonly configHash: string;
}
/** One address of one route, since the worker started. */
export interface SlotTraffic {
  readonly address: string;
  readonly route: string;
  readonly requests: number;
  /** Answers of 5xx by the app; not those of the proxy in its place. */
  readonly failures: number;
  /** Requests and WebSockets running now. */
  readonly running: number;
}

/** What the running worker says about itself. */
export const readLive = async (ask: Ask): Promise<LiveProxy> => {
  const info = new Map(
    (await ask('show info')).split('\n').map((line): [string, string] => {
      const cut = line.indexOf(': ');
      return [line.slice(0, cut), line.slice(cut + 2)];
    }),
  );
  const [version, pid] = [info.get('Version'), Number(info.get('Pid'))];
  if (version === undefined || !Number.isInteger(pid)) {
    throw new ProvisionError('unreachable', 'The proxy gave no facts', { pid });
  }
  return { version, pid, configHash: info.get('description') ?? '' };
};

/** The routes the running worker follows. */
export const readRoutes = async (ask: Ask): Promise<RouteTable> => {
  const table = new Map<string, string>();
  for (const line of (await ask(`show map ${FILE.routes}`)).split('\n')) {
    const [, key, value] = line.split(' ');
    if (key !== undefined && value !== undefined) table.set(key, value);
  }
  return table;
};

const silent = async (ask: Ask, command: string): Promise<void> => {
  const said = (await ask(command)).trim();
  if (said !== '') throw new ProvisionError('failed', 'The proxy refused a change', { said: said.slice(0, 200) });
};

const inLines = (parts: readonly string[], separator: string): string[] => {
  const lines: string[] = [];
  let line = '';
  for (const part of parts) {
    if (line !== '' && line.length + part.length > LINE_BYTES) {
      lines.push(line);
      line = '';
    }
    line += line === '' ? part : separator + part;
  }
  return line === '' ? lines : [...lines, line];
};

/** Each place by itself; also what an old worker takes, which gets no payloads. */
export const changeSingly = async (ask: Ask, change: RouteChange): Promise<void> => {
  const commands = [
    ...change.add.map(([key, value]) => `add map ${FILE.routes} ${key} ${value}`),
    ...change.remove.map((key) => `del map ${FILE.routes} ${key}`),
    ...change.set.map(([key, value]) => `set map ${FILE.routes} ${key} ${value}`),
  ];
  for (const line of inLines(commands, ';')) await silent(ask, line);
};

const replaceAll = async (ask: Ask, table: RouteTable): Promise<void> => {
  const said = await ask(`prepare map ${FILE.routes}`);
  const version = /New version created: (\d+)/.exec(said)?.[1];
  if (version === undefined)
    throw new ProvisionError('failed', 'The proxy refused a change', { said: said.trim().slice(0, 200) });
  const lines = inLines(
    [...table].map(([key, value]) => `${key} ${value}`),
    '\n',
  );
  for (const line of lines) await silent(ask, `add map @${version} ${FILE.routes} <<\n${line}\n`);
  await silent(ask, `commit map @${version} ${FILE.routes}`);
};

/** Makes the running worker follow `table`; visitors meet the old or the new route, never none. */
export const changeRoutes = (ask: Ask, change: RouteChange, table: RouteTable): Promise<void> =>
  sizeOf(change) > SINGLE_CHANGES ? replaceAll(ask, table) : changeSingly(ask, change);

/** Counters of every address that had visitors of this worker. */
export const readTraffic = async (ask: Ask): Promise<readonly SlotTraffic[]> => {
  const answer = await ask('show table traffic');
  const rows = answer.matchAll(
    /key=([^|\s]+)\|(\d+)\|(\S+) .*conn_cur=(\d+) http_req_cnt=(\d+) .*?http_fail_cnt=(\d+)/g,
  );
  return [...rows].map(([, address, port, route, running, requests, failures]) => ({
    address: `${address ?? ''}:${port ?? ''}`,
    route: route ?? '',
    requests: Number(requests),
    failures: Number(failures),
    running: Number(running),
  }));
};

/** Counters of several workers as one. */
export const sumTraffic = (workers: readonly (readonly SlotTraffic[])[]): readonly SlotTraffic[] => {
  const sums = new Map<string, SlotTraffic>();
  for (const slot of workers.flat()) {
    const key = `${slot.address} ${slot.route}`;
    const sum = sums.get(key) ?? { ...slot, requests: 0, failures: 0, running: 0 };
    sums.set(key, {
      ...slot,
      requests: sum.requests + slot.requests,
      failures: sum.failures + slot.failures,
      running: sum.running + slot.running,
    });
  }
  return [...sums.values()];
};
