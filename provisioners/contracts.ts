/**
 * The seams between SiapPakai and the outside world. Everything here is a value or an interface; nothing imports from
 * `server/`. One contract suite per interface runs against every implementation, the test fakes included.
 *
 * Conventions: sizes in bytes, durations in milliseconds unless the name says `Seconds`, times ISO 8601 UTC strings.
 * "ensure" means: same → keep, absent → create, different → ProvisionError('conflict'). Nothing without our
 * installation label is ever stopped, changed or removed.
 */

/** Why an outside act failed. Decided where it is known (errno, status), never by message text. */
export type ProvisionCode =
  | 'conflict' // exists, but is not what we asked for (foreign label, other spec)
  | 'not_found'
  | 'unreachable' // engine, database, proxy or host does not answer: transient
  | 'timeout' // transient
  | 'refused' // the other side says no (credentials, permission): permanent
  | 'invalid' // bad input: permanent
  | 'no_space'
  | 'failed'; // ran and failed: permanent

export class ProvisionError extends Error {
  readonly code: ProvisionCode;
  /** Machine readable facts for the sentence a person reads; never a secret. */
  readonly details: Readonly<Record<string, string | number | boolean | null>>;
  constructor(code: ProvisionCode, message: string, details: Record<string, string | number | boolean | null> = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ProvisionError';
    this.code = code;
    this.details = details;
  }
}

/** True when trying again later can help. */
export const isTransient = (error: unknown): boolean =>
  error instanceof ProvisionError && (error.code === 'unreachable' || error.code === 'timeout');

// ---------------------------------------------------------------- labels

/** Docker label keys. Every object we create carries `installation`; look-ups always filter by it. */
export const LABEL = {
  installation: 'id.siappakai.installation',
  role: 'id.siappakai.role', // village | oneshot | mariadb | redis | proxy | runtime | release | base | network | volume
  instance: 'id.siappakai.instance',
  deployment: 'id.siappakai.deployment',
  app: 'id.siappakai.app',
  kode: 'id.siappakai.kode', // ten digits
  release: 'id.siappakai.release', // version without "v"
  checksum: 'id.siappakai.checksum', // of the release tree
  spec: 'id.siappakai.spec', // sha256 of the workload or recipe that made it
} as const;
export type Labels = Readonly<Record<string, string>>;

// ---------------------------------------------------------------- target (where containers run)

export interface NetworkSpec {
  readonly name: string;
  readonly labels: Labels;
  /** No way out to the internet. */
  readonly internal: boolean;
  /** Prefix length of the subnet chosen by the target from its free pool, default 22. */
  readonly prefixLength?: number;
}
export interface NetworkFacts {
  readonly name: string;
  /** CIDR, e.g. 10.200.4.0/22. The subnet is user-configured so that containers may have fixed addresses. */
  readonly subnet: string;
  readonly gateway: string | null;
}
export interface VolumeSpec {
  readonly name: string;
  readonly labels: Labels;
}
export interface VolumeFacts {
  readonly name: string;
  /** Path on the engine's host; may be used as the source of a bind mount of a sub-folder. */
  readonly mountpoint: string;
}
/** A file or folder to put into volumes. Paths are absolute inside the helper that has `mounts` mounted. */
export interface FileSpec {
  readonly path: string;
  /** undefined = a folder. */
  readonly content?: string | Buffer;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}
export type Mount =
  | { readonly type: 'volume'; readonly source: string; readonly target: string; readonly readOnly: boolean }
  | { readonly type: 'bind'; readonly source: string; readonly target: string; readonly readOnly: boolean }
  | { readonly type: 'tmpfs'; readonly target: string; readonly sizeBytes: number; readonly mode: number; readonly uid: number };

export interface Limits {
  readonly memoryBytes: number;
  readonly memoryReservationBytes: number;
  readonly pids: number;
  /** CPU shares relative to 1024; villages share what is there. */
  readonly cpuShares?: number;
}
export interface Attachment {
  readonly network: string;
  readonly address?: string;
  readonly aliases?: readonly string[];
}
export interface WorkloadSpec {
  readonly name: string;
  readonly image: string;
  readonly labels: Labels;
  readonly command?: readonly string[];
  /** Never a secret: shown by `docker inspect`. */
  readonly env: Readonly<Record<string, string>>;
  readonly user?: string;
  readonly workingDir?: string;
  readonly mounts: readonly Mount[];
  readonly networks: readonly Attachment[];
  readonly readOnlyRoot: boolean;
  /** All others are dropped. */
  readonly capabilities: readonly string[];
  readonly limits?: Limits;
  readonly restart: 'always' | 'unless-stopped' | 'no';
  readonly ports?: readonly { readonly host: string; readonly hostPort: number; readonly containerPort: number }[];
  readonly stopTimeoutSeconds?: number;
  readonly sysctls?: Readonly<Record<string, string>>;
  /** false = the container resolves nothing outside its networks and fails at once. */
  readonly outsideNames?: boolean;
  readonly hostNetwork?: boolean;
}
export interface WorkloadFacts {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly labels: Labels;
  readonly state: 'created' | 'running' | 'restarting' | 'exited' | 'paused' | 'dead';
  readonly exitCode: number | null;
  readonly oomKilled: boolean;
  readonly startedAt: string | null;
  readonly pid: number | null;
  readonly addresses: Readonly<Record<string, string>>; // network → IPv4
}
export interface OneShotResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}
export interface LogLine {
  readonly at: string;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}
export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}
export interface ResourceUse {
  readonly memoryBytes: number;
  readonly cpuPercent: number;
  readonly pids: number;
}
export interface EngineEvent {
  readonly at: string;
  readonly action: 'create' | 'start' | 'die' | 'oom' | 'destroy';
  readonly workloadId: string;
  readonly name: string;
  readonly labels: Labels;
}
export interface EngineFacts {
  readonly version: string;
  readonly storageDriver: string;
  readonly liveRestore: boolean;
  readonly logDriver: string;
  readonly cgroupVersion: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly rootDir: string;
  readonly containersRunning: number;
}
/** How an image is made. `importTar` makes a base image from a root file system; `build` adds to another image. */
export interface ImageFacts {
  readonly id: string;
  readonly tags: readonly string[];
  readonly labels: Labels;
  readonly sizeBytes: number;
}
export interface ImageConfig {
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly user?: string;
  readonly workingDir?: string;
  readonly stopSignal?: string;
}
export interface ImageBuild {
  readonly tag: string;
  readonly from: string;
  readonly labels: Labels;
  /** Tar streams put into the root of the container, in this order, before `run`. */
  readonly put: readonly (() => NodeJS.ReadableStream)[];
  /** Each an argv, run as root with the host's network (package mirrors). */
  readonly run: readonly (readonly string[])[];
  readonly env?: Readonly<Record<string, string>>;
  readonly config: ImageConfig;
}
export type ProgressSink = (line: string) => void;

/** One live connection to one engine. All look-ups see only objects of `installation` (the label). */
export interface TargetSession {
  readonly installation: string;
  facts(): Promise<EngineFacts>;

  ensureNetwork(spec: NetworkSpec): Promise<NetworkFacts>;
  /** Idempotent; keeps the existing attachment when the address is the same. */
  connectNetwork(workload: string, attachment: Attachment): Promise<void>;
  removeNetwork(name: string): Promise<void>;

  ensureVolume(spec: VolumeSpec): Promise<VolumeFacts>;
  removeVolume(name: string): Promise<void>;
  /** Puts files and folders into volumes through a never-started helper container (works on a remote engine too). */
  putFiles(mounts: readonly Mount[], files: readonly FileSpec[]): Promise<void>;
  /** Content of one file in a volume; ProvisionError('not_found') when it is not there. */
  readFile(mounts: readonly Mount[], path: string): Promise<Buffer>;
  /** A tar of a folder of a volume, for archives. */
  exportFolder(mounts: readonly Mount[], path: string): Promise<NodeJS.ReadableStream>;
  importFolder(mounts: readonly Mount[], path: string, tar: NodeJS.ReadableStream): Promise<void>;

  /** By tag or by label match; null when absent. */
  findImage(match: { readonly tag: string } | { readonly labels: Labels; readonly anyInstallation?: boolean }): Promise<ImageFacts | null>;
  listImages(labels: Labels): Promise<readonly ImageFacts[]>;
  importImage(tag: string, tar: NodeJS.ReadableStream, labels: Labels, config: ImageConfig): Promise<ImageFacts>;
  buildImage(build: ImageBuild, onLine: ProgressSink, signal: AbortSignal): Promise<ImageFacts>;
  tagImage(id: string, tag: string): Promise<void>;
  removeImage(tag: string): Promise<void>;

  /** Creates and starts. A container of that name with the same spec hash is kept (and started when it is not running). */
  ensureWorkload(spec: WorkloadSpec): Promise<WorkloadFacts>;
  inspect(name: string): Promise<WorkloadFacts | null>;
  find(labels: Labels): Promise<readonly WorkloadFacts[]>;
  /** Runs to the end, streams lines, removes the container. Kills it when the signal fires. A leftover of the same name is removed first. */
  runOnce(spec: WorkloadSpec, options: { readonly signal: AbortSignal; readonly onLine?: (line: LogLine) => void; readonly stdin?: NodeJS.ReadableStream; readonly stdout?: NodeJS.WritableStream }): Promise<OneShotResult>;
  exec(name: string, argv: readonly string[], options?: { readonly user?: string; readonly timeoutMs?: number; readonly stdin?: NodeJS.ReadableStream; readonly stdout?: NodeJS.WritableStream; readonly env?: Readonly<Record<string, string>> }): Promise<ExecResult>;
  logs(name: string, options: { readonly tail: number; readonly follow: boolean; readonly signal: AbortSignal }): AsyncIterable<LogLine>;
  stats(name: string): Promise<ResourceUse>;
  start(name: string): Promise<void>;
  /** Absent or already stopped is fine. */
  stop(name: string, timeoutSeconds: number): Promise<void>;
  /** Absent is fine; a foreign container of that name is ProvisionError('conflict'). */
  remove(name: string): Promise<void>;
  events(signal: AbortSignal): AsyncIterable<EngineEvent>;
  /** Volumes and networks with our label and image names `<tagPrefix>/…`; containers must be gone before. */
  removeEverything(tagPrefix: string): Promise<void>;
  close(): Promise<void>;
}
export interface TargetAddress {
  /** `unix:///var/run/docker.sock`, `tcp://host:2376`, `ssh://…` later. */
  readonly url: string;
}
export interface Target {
  readonly name: string;
  readonly label: string;
  connect(address: TargetAddress, installation: string): Promise<TargetSession>;
}

// ---------------------------------------------------------------- proxy

/** One public path of one host, served by one of two slots. */
export interface ProxyRoute {
  /** Stable key of the backend: instance id. */
  readonly id: string;
  readonly hosts: readonly string[]; // lower case, first = canonical
  readonly path: string; // '/', '/api', '/pbb'; anything but '/' is stripped before forwarding
  readonly slots: { readonly a: string | null; readonly b: string | null }; // IPv4:port
  readonly active: 'a' | 'b';
  /** open = serve; held = 503 + Retry-After (planned, PBB); closed = 503 "dihentikan"; */
  readonly mode: 'open' | 'held' | 'closed';
}
export interface ProxyRedirect {
  readonly from: string;
  readonly to: string;
}
export interface ProxyState {
  readonly routes: readonly ProxyRoute[];
  readonly redirects: readonly ProxyRedirect[];
  /** Host of the dashboard and the unix socket it listens on. */
  readonly dashboard: { readonly host: string; readonly socket: string } | null;
}
export interface ProxyFacts {
  readonly alive: boolean;
  readonly version: string | null;
  readonly configHash: string | null;
}
/** Renders the whole state; applies the smallest change; the rendered file alone gives the same routes after a restart. */
export interface Proxy {
  readonly name: string;
  /** Idempotent. Returns how it was applied. Concurrent calls are serialised; the newest state wins. */
  apply(state: ProxyState): Promise<'unchanged' | 'runtime' | 'reloaded'>;
  facts(): Promise<ProxyFacts>;
  /** Ensures a certificate of the internal CA for each host (or keeps an uploaded / ACME one). */
  ensureCertificates(hosts: readonly string[]): Promise<readonly { readonly host: string; readonly notAfter: string }[]>;
  /** PEM of the internal CA, for probes and for people who want to trust it. */
  caCertificate(): Promise<string>;
}

// ---------------------------------------------------------------- database server

export interface TableCount {
  readonly table: string;
  readonly rows: number;
}
export interface DumpFacts {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly seconds: number;
  /** Tables named in the dump's CREATE statements; equal to the live ones when it is verified. */
  readonly tables: number;
  readonly verified: boolean;
}
export type Grant = 'owner' | 'dml';
/** OpenSID asks for utf8 (three bytes); everything newer for utf8mb4. */
export type SchemaCharset = 'utf8' | 'utf8mb4';
/** Sum over the rows of one table that is the same in any order and on any server. */
export interface TableChecksum {
  readonly table: string;
  readonly rows: number;
  readonly checksum: string;
}
/** A named lock of the server, held by its own connection. */
export interface HeldLock {
  /** Fires when the connection that holds the lock is gone: whoever works under it must stop. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}
/** A MariaDB server that holds tenant schemas. All acts are ensure acts. Identifiers are validated, values bound. */
export interface DatabaseServer {
  readonly name: string;
  /** What containers write into their configuration. */
  readonly endpoint: { readonly port: number };
  version(): Promise<string>;
  /** Charset 'utf8' unless told; an existing schema of another charset is a conflict. */
  ensureSchema(schema: string, charset?: SchemaCharset): Promise<void>;
  dropSchema(schema: string): Promise<void>;
  schemaExists(schema: string): Promise<boolean>;
  /**
   * Creates or re-keys the user and makes its grants on `schema` exactly `grant`. A 'dml' user has this one schema only; an 'owner' keeps
   * what it has on others.
   */
  ensureUser(user: { readonly name: string; readonly password: string; readonly schema: string; readonly grant: Grant; readonly maxConnections?: number }): Promise<void>;
  /** Ends its connections too. */
  dropUser(name: string): Promise<void>;
  /** Ends the running connections of a user (fence: re-key first); returns how many there were. */
  endConnections(user: string): Promise<number>;
  userExists(name: string): Promise<boolean>;
  /** Structure fingerprint: sha256 over columns, indexes, constraints, views, triggers, without AUTO_INCREMENT and definers. */
  fingerprint(schema: string): Promise<string>;
  /** The sorted lines the fingerprint is made of, for a difference in words. */
  structure(schema: string): Promise<readonly string[]>;
  /** One statement with bound values on `schema`, as the schema owner's power allows. */
  query(schema: string, sql: string, values: readonly (string | number | null | Buffer)[]): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Consistent dump with triggers, verified (complete, every table present), written atomically. */
  dump(schema: string, file: string, signal: AbortSignal, onProgress?: (bytes: number) => void): Promise<DumpFacts>;
  /**
   * Verifies the file, empties the schema and loads it. Definers that have no rights here become the schema's owner. When it fails or is
   * aborted the schema is left empty: details.state is 'untouched', 'empty' or 'partial'.
   */
  restore(schema: string, file: string, signal: AbortSignal): Promise<void>;
  /** Dump piped into a restore of `to` on the same server, without a file. */
  clone(from: string, to: string, signal: AbortSignal): Promise<void>;
  /** Every row of one tenant (tables with `column`, plus those reached by `followers`), as SQL that loads into an empty schema. */
  dumpTenant(schema: string, tenant: TenantRows, file: string, signal: AbortSignal): Promise<DumpFacts & { readonly counts: readonly TableCount[] }>;
  tenantCounts(schema: string, tenant: TenantRows): Promise<readonly TableCount[]>;
  /** Removes the root row and everything that belongs to it in one transaction, proves that nothing is left, returns what was there. */
  deleteTenant(schema: string, tenant: TenantRows): Promise<readonly TableCount[]>;
  /** One checksum per table over the rows that do NOT belong to `except` (null = all rows). */
  rowChecksums(schema: string, except: TenantRows | null): Promise<readonly TableChecksum[]>;
  /** Waits up to `timeoutSeconds`, then ProvisionError('timeout'). */
  lock(name: string, timeoutSeconds: number): Promise<HeldLock>;
  sizeBytes(schema: string): Promise<number>;
  connections(): Promise<{ readonly used: number; readonly max: number }>;
  close(): Promise<void>;
}
/** Which rows belong to a tenant of a shared schema. */
export interface TenantRows {
  /** Table and key of the tenant itself, e.g. config.id. */
  readonly root: { readonly table: string; readonly key: string };
  readonly column: string; // config_id
  readonly id: number;
  /** Tables without `column` that hang on others: `child.key IN (SELECT parentKey FROM parent WHERE column = id)`. */
  readonly followers: readonly { readonly table: string; readonly key: string; readonly parent: string; readonly parentKey: string }[];
  /** Tables without `column` that a tenant's archive carries whole, because its rows mean nothing without them. */
  readonly references?: readonly string[];
}

// ---------------------------------------------------------------- releases

export type Channel = 'umum' | 'premium';
/** Where the bytes come from: folder, archive or git. `fetch` lays a verified plain tree into `into` (an empty folder). */
export interface ReleaseSource {
  readonly name: 'folder' | 'archive' | 'git';
  accepts(location: string): boolean;
  fetch(request: { readonly location: string; readonly tag?: string; readonly credential?: string }, into: string, progress: (done: number, total: number | null) => void, signal: AbortSignal): Promise<{ readonly label: string }>;
}
/** What an app learns from a tree on disk. Paths in `root`. Throws ProvisionError('invalid') with details.reason when it is not a release of this app. */
export interface ReleaseFacts {
  readonly version: string; // "2410.0.0"
  readonly schemaVersion: string | null; // opensid: VERSI_DATABASE
  readonly phpConstraint: string | null; // composer.json require.php
  readonly channel: Channel;
  readonly notes: string | null;
}

// ---------------------------------------------------------------- apps

export type PhpLine = '8.2' | '8.4';
export interface Wilayah {
  readonly kode: string; // dotted
  readonly kodeAngka: string; // digits
  readonly nama: string;
  readonly jenis: 'desa' | 'kelurahan' | 'desa_adat';
  readonly kecamatan: { readonly kode: string; readonly nama: string };
  readonly kabupaten: { readonly kode: string; readonly nama: string };
  readonly provinsi: { readonly kode: string; readonly nama: string };
}
/** All an app may know about the instance it describes. Secrets are plain here; they leave only through files. */
export interface InstanceContext {
  readonly instanceId: string;
  readonly app: string;
  readonly wilayah: Wilayah;
  readonly version: string;
  /** Canonical host first. */
  readonly hosts: readonly string[];
  readonly publicUrl: string; // https://host[:port]<path without trailing slash>
  readonly siteUrl: string; // https://host[:port]
  readonly proxyAddress: string; // the proxy as the container sees it
  readonly database: { readonly host: string; readonly port: number; readonly schema: string; readonly user: string; readonly password: string } | null;
  /** As `database`, as the owner who may change the structure; one-shot containers only. */
  readonly owner: { readonly user: string; readonly password: string } | null;
  /** 32 bytes hex; the identity answer wants it in X-Siappakai-Key. */
  readonly identityKey: string;
  /** Named secrets created once per instance (see AppAdapter.secrets), plain. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Secrets of the desa, shared by its apps: `app_key`, `token` (kind A). */
  readonly shared: Readonly<Record<string, string>>;
  readonly settings: { readonly timezone: string; readonly layananUrl: string; readonly pantauUrl: string };
}
export type SecretKind = 'hex32' | 'laravel_key' | 'password24' | 'jwt64';
export interface AppVolume {
  /** Suffix of the volume name and key for `mounts`. */
  readonly key: string;
  readonly target: string;
  /** Folders made once with owner and mode, before the first start. */
  readonly folders: readonly { readonly path: string; readonly mode: number; readonly uid: number; readonly gid: number }[];
}
/** Mounts of the volumes of another app of the same desa, e.g. the api reads the files of opensid. */
export interface SharedMount {
  readonly app: string;
  readonly volume: string;
  /** Sub-folder of that volume ('' = all of it). */
  readonly folder: string;
  readonly target: string;
  readonly readOnly: boolean;
}
/** A one-shot container of the release image. Its stdout's last JSON line is the answer. */
export interface Task {
  readonly argv: readonly string[];
  /** Files for this run only, beside or over `AppAdapter.files`. */
  readonly files: readonly FileSpec[];
  readonly timeoutMs: number;
}
export interface TaskVerdict {
  readonly ok: boolean;
  /** Short machine reason when not ok, e.g. migration_logged_error. */
  readonly reason: string | null;
  readonly facts: Readonly<Record<string, string | number | boolean | null>>;
}
export interface PageProof {
  /** Below the public path, e.g. '/' or '/login'. */
  readonly path: string;
  /** All must occur in the body (HTML-decoded), e.g. name and version. */
  readonly mustContain: readonly string[];
}
/** What `GET <path>/siappakai/sehat` (key needed) says, the same JSON shape for every app. */
export interface IdentityAnswer {
  readonly kode: string; // dotted or digits as the app stores it
  readonly app: string;
  readonly version: string;
  readonly ready: boolean;
  /** Machine words: not_migrated, unpaired, database_down, view_broken, not_writable, tenant_missing … */
  readonly faults: readonly string[];
}
export interface AppAdapter {
  readonly name: string; // 'opensid'
  readonly label: string; // 'OpenSID'
  readonly description: string;
  readonly icon: string; // tabler icon
  readonly scope: 'desa';
  readonly path: string; // public path
  /** Order inside one desa: opensid 10, api 20, pbb 30. */
  readonly order: number;
  /** Apps of the same desa that must be healthy first. */
  readonly needs: readonly string[];
  /** shared = tenant in the gabungan schema · own = one schema per desa · borrowed = uses the opensid user and schema · none. */
  readonly database: 'shared' | 'own' | 'borrowed' | 'none';
  readonly phpLines: readonly PhpLine[]; // supported, preferred first
  /** Version rule towards `needs[0]`: 'any' or 'not_newer' (api ≤ opensid). */
  readonly pairing: 'any' | 'not_newer';
  readonly licence: 'gpl' | 'entitlement'; // entitlement: real releases are encoded and need an OpenDesa token
  readonly limits: Limits;
  /** Traffic is held (503) while the own schema is dumped and migrated. */
  readonly holdsTraffic: boolean;
  readonly secrets: Readonly<Record<string, SecretKind>>;
  readonly volumes: readonly AppVolume[];
  readonly sharedMounts: readonly SharedMount[];
  readonly tmpfs: readonly { readonly target: string; readonly sizeBytes: number }[];
  /** Volume key under which files of the config volume also appear, e.g. /app/desa/config. */
  readonly configTargets: readonly string[];
  /** The tenant a fresh shared schema needs before all others (provision + migrate + guards); never routed, never removed. */
  readonly template?: Wilayah;
  readRelease(root: string, hint: { readonly tag?: string; readonly label: string }): Promise<ReleaseFacts>;
  /** Files of the per-deployment config volume (paths relative to it): env, nginx.conf, app files. */
  files(ctx: InstanceContext): readonly FileSpec[];
  /** Files put once into named volumes before the first start: { volume key → files }, e.g. desa/app_key. */
  seedFiles(ctx: InstanceContext): Readonly<Record<string, readonly FileSpec[]>>;
  tasks: {
    /** Creates the tenant (shared) or fills the own schema for the first time. */
    readonly provision?: (ctx: InstanceContext) => Task;
    /** Brings the schema to this version; run once per schema by the owner. */
    readonly migrate?: (ctx: InstanceContext) => Task;
    /** After many provisions, once for all. */
    readonly followUp?: (ctx: InstanceContext) => Task;
  };
  /** Judges a task by exit code, output and log lines; never by the app's own success message. */
  judge(task: 'provision' | 'migrate' | 'followUp', result: OneShotResult): TaskVerdict;
  /** Statements after provisioning, as owner, values bound; e.g. enable_track=0, admin password hash. */
  afterProvision?(ctx: InstanceContext & { readonly tenantId: number | null; readonly adminPasswordHash: string }): readonly { readonly sql: string; readonly values: readonly (string | number | null)[] }[];
  /** Guard statements the schema must have (delete trigger …), run as owner after every migration. */
  guards?(): readonly string[];
  tenantRows?(tenantId: number): TenantRows;
  page(ctx: InstanceContext): PageProof;
  /** First account told to the admin once; null when the app has none of its own. */
  readonly firstAccount: { readonly username: string; readonly loginPath: string } | null;
}

// ---------------------------------------------------------------- machines (enrolled over SSH)

export type HostKeyType = 'ssh-ed25519' | 'ecdsa-sha2-nistp256' | 'rsa';
export interface SshAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
}
export type SshLogin =
  | { readonly kind: 'key'; readonly privateKey: string; readonly passphrase?: string }
  | { readonly kind: 'password'; readonly password: string };
/** `fingerprint` as ssh-keygen prints it, `SHA256:…` without padding. */
export interface HostKey {
  readonly type: HostKeyType;
  readonly fingerprint: string;
}
export interface RemoteResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}
export interface RemoteCommand {
  readonly argv: readonly string[];
  readonly stdin?: string;
  /** Default 20 s. */
  readonly timeoutMs?: number;
}
export interface SshSession {
  /** A command that fails is a result; a connection that fails is ProvisionError('unreachable' | 'timeout'). */
  run(command: RemoteCommand): Promise<RemoteResult>;
  close(): void;
}

/** What a machine says about itself; null = it could not be asked. Sizes in bytes. */
export interface MachineFacts {
  readonly osId: string | null;
  readonly osVersion: string | null;
  readonly kernel: string | null;
  /** As `uname -m`: x86_64, aarch64 … */
  readonly arch: string | null;
  readonly cores: number | null;
  readonly memoryBytes: number | null;
  readonly diskFreeBytes: number | null;
  /** root = logged in as root, sudo = becomes root without asking or with the login's password, none = neither. */
  readonly elevation: 'root' | 'sudo' | 'none';
  /** missing = no client; silent = the client is there and the engine does not answer. */
  readonly engine: 'running' | 'silent' | 'missing';
  readonly engineVersion: string | null;
  readonly storageDriver: string | null;
  readonly liveRestore: boolean | null;
  readonly cgroupVersion: string | null;
  /** gc_thresh3 of the neighbour table: how many containers' addresses the kernel keeps. */
  readonly neighbourLimit: number | null;
  /** Their clock minus ours, in seconds; the way there and back is taken out. */
  readonly skewSeconds: number | null;
}

/** How machines are reached. Nothing is sent to one before its host key is the pinned one. */
export interface MachineAccess {
  /** The keys a machine shows before anybody logs in, preferred type first. */
  readHostKeys(address: SshAddress): Promise<readonly HostKey[]>;
  /** Another key is ProvisionError('refused', reason `host_key`), a wrong login 'refused', reason `credentials`. */
  connect(address: SshAddress, login: SshLogin, pinned: HostKey): Promise<SshSession>;
  /** Asks what it is; changes nothing on it. */
  inspect(session: SshSession, login: SshLogin): Promise<MachineFacts>;
}
