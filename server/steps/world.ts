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
  readonly tokens: Tokens;
  /** Makes the image of a release on the target unless it is there; returns its tag. */
  readonly ensureReleaseImage: (release: Release, log: (line: string) => void, signal: AbortSignal) => Promise<string>;
  /** Texts of the files of a release whose path fits, by path; null when it is not stored any more. */
  readonly readRelease: (
    release: Pick<Release, 'app' | 'version' | 'treePath'>,
    wanted: RegExp,
  ) => Promise<ReadonlyMap<string, string> | null>;
  /** Every secret handed to a container is masked in logs from then on. */
  readonly rememberSecret: (value: string) => void;
}

/** Registration tokens (kind A) of desa. */
export interface Tokens {
  /** For this host; issued when the desa has none for it. */
  ensure(kode: string, host: string): Promise<string>;
  /** This one was read back from the desa's own files. */
  markInstalled(kode: string, token: string): Promise<void>;
  /** None of the desa is valid any more. */
  revoke(kode: string): Promise<void>;
}

/** Hands the whole state of all routes to the proxy, from the database. */
export interface RouteTable {
  sync(): Promise<void>;
  /** Tells the proxy what the settings say, when that is not what it was told last. */
  follow(): Promise<void>;
}
