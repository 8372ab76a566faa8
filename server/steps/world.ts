import type { AppAdapter, DatabaseServer, Proxy, TargetSession } from '../../provisioners/contracts';
import type { SecretBox } from '../auth/secret-box';
import type { Release } from '../domain/release';
import type { Settings } from '../domain/settings';
import type { Transactor } from '../stores';
import type { PrivateGet, PublicProbe } from './public-probe';

/** Everything outside that steps act on. Built once in wiring; tests give a scripted target. */
export interface World {
  readonly installation: {
    readonly name: string;
    readonly id: string;
    readonly httpsPort: number;
    readonly dashboardPort: number;
  };
  readonly folders: { readonly dumps: string; readonly archives: string };
  readonly transact: Transactor;
  readonly apps: ReadonlyMap<string, AppAdapter>;
  readonly session: TargetSession;
  readonly databaseServer: DatabaseServer;
  readonly proxy: Proxy;
  readonly routes: RouteTable;
  readonly box: SecretBox;
  readonly probe: PublicProbe;
  readonly privateGet: PrivateGet;
  readonly settings: () => Promise<Settings>;
  /** Registration token (kind A) of a desa for this host, issued when it has none. */
  readonly ensureToken: (kode: string, host: string) => Promise<string>;
  /** Makes the image of a release on the target unless it is there; returns its tag. */
  readonly ensureReleaseImage: (release: Release, log: (line: string) => void, signal: AbortSignal) => Promise<string>;
  /** Every secret handed to a container is masked in logs from then on. */
  readonly rememberSecret: (value: string) => void;
}

/** Hands the whole state of all routes to the proxy, from the database. */
export interface RouteTable {
  sync(): Promise<void>;
}
