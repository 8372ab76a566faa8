import { join } from 'node:path';
import type { InternalCa } from '../../lib/internal-ca';
import type { SharedDatabase } from './database-away';
import { socketCommand, type Ask } from './command-socket';

/** Judges a configuration file. `file` is its name inside the proxy's folder. */
export type ConfigCheck = (file: string) => Promise<{ readonly ok: boolean; readonly output: string }>;

export interface HaproxyOptions {
  /** Host folder of configuration, routes, certificates and pages; the rendered truth. */
  readonly folder: string;
  /** Host folder of the sockets; the dashboard's socket lives in it or below it. */
  readonly runFolder: string;
  /** The run folder as the proxy process sees it; absent = the same path (no container). */
  readonly runFolderInside?: string;
  /** Where the proxy process itself listens. `address` defaults to every IPv4 address. */
  readonly listen: {
    readonly address?: string;
    readonly http: number;
    readonly https: number;
    /** Where villages begin their calls to names outside; absent = no way out, whatever a state lists. */
    readonly outside?: number;
  };
  /** What visitors type; part of redirects. */
  readonly publicPorts: { readonly http: number; readonly https: number };
  /** The database every village lives from, when it is on this machine; without it nothing is looked at. */
  readonly database?: SharedDatabase;
  /** Folder with 404.html, held.html, closed.html, down.html and away.html. */
  readonly pages: string;
  readonly ca: InternalCa;
  readonly check: ConfigCheck;
}

/** Names inside the proxy's folder; the configuration refers to them relative to itself. */
export const FILE = {
  config: 'haproxy.cfg',
  nextConfig: 'haproxy.next.cfg',
  routes: 'routes.map',
  challenge: 'challenge.map',
  certificateList: 'certificates.list',
  certificates: 'certificates',
  defaultCertificate: 'certificates/default.pem',
  pages: 'pages',
  settle: 'settle.lua',
} as const;
/** Names inside the run folder. */
export const SOCKET = { runtime: 'runtime.sock', master: 'master.sock' } as const;
export const PAGES = ['404', 'held', 'closed', 'down', 'away'] as const;

/** The current worker. */
export const askWorker =
  (options: HaproxyOptions): Ask =>
  (command) =>
    socketCommand(join(options.runFolder, SOCKET.runtime), command);
export const masterSocketOf = (options: HaproxyOptions): string => join(options.runFolder, SOCKET.master);
