import { ProvisionError } from '../../contracts';
import { FILE } from './options';
import { sizeOf, type RouteChange, type RouteTable } from './routes';
import { socketCommand } from './command-socket';

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
  /** Answers of 5xx, the proxy's own included. */
  readonly failures: number;
  /** Requests and WebSockets running now. */
  readonly running: number;
}

/** What the running worker says about itself. */
export const readLive = async (socket: string): Promise<LiveProxy> => {
  const info = new Map(
    (await socketCommand(socket, 'show info')).split('\n').map((line): [string, string] => {
      const cut = line.indexOf(': ');
      return [line.slice(0, cut), line.slice(cut + 2)];
    }),
  );
  const [version, pid] = [info.get('Version'), Number(info.get('Pid'))];
  if (version === undefined || !Number.isInteger(pid)) {
    throw new ProvisionError('unreachable', 'The proxy gave no facts', { socket });
  }
  return { version, pid, configHash: info.get('description') ?? '' };
};

/** The routes the running worker follows. */
export const readRoutes = async (socket: string): Promise<RouteTable> => {
  const table = new Map<string, string>();
  for (const line of (await socketCommand(socket, `show map ${FILE.routes}`)).split('\n')) {
    const [, key, value] = line.split(' ');
    if (key !== undefined && value !== undefined) table.set(key, value);
  }
  return table;
};

const silent = async (socket: string, command: string): Promise<void> => {
  const said = (await socketCommand(socket, command)).trim();
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

const changeSingly = async (socket: string, change: RouteChange): Promise<void> => {
  const commands = [
    ...change.add.map(([key, value]) => `add map ${FILE.routes} ${key} ${value}`),
    ...change.remove.map((key) => `del map ${FILE.routes} ${key}`),
    ...change.set.map(([key, value]) => `set map ${FILE.routes} ${key} ${value}`),
  ];
  for (const line of inLines(commands, ';')) await silent(socket, line);
};

const replaceAll = async (socket: string, table: RouteTable): Promise<void> => {
  const said = await socketCommand(socket, `prepare map ${FILE.routes}`);
  const version = /New version created: (\d+)/.exec(said)?.[1];
  if (version === undefined)
    throw new ProvisionError('failed', 'The proxy refused a change', { said: said.trim().slice(0, 200) });
  const lines = inLines(
    [...table].map(([key, value]) => `${key} ${value}`),
    '\n',
  );
  for (const line of lines) await silent(socket, `add map @${version} ${FILE.routes} <<\n${line}\n`);
  await silent(socket, `commit map @${version} ${FILE.routes}`);
};

/** Makes the running worker follow `table`; visitors meet the old or the new route, never none. */
export const changeRoutes = (socket: string, change: RouteChange, table: RouteTable): Promise<void> =>
  sizeOf(change) > SINGLE_CHANGES ? replaceAll(socket, table) : changeSingly(socket, change);

/** Counters of every address that had visitors. */
export const readTraffic = async (socket: string): Promise<readonly SlotTraffic[]> => {
  const answer = await socketCommand(socket, 'show table traffic');
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
