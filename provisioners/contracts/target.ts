import type { Labels } from './labels';

export interface NetworkSpec {
  readonly name: string;
  readonly labels: Labels;
  /** No way out to the internet. */
  readonly internal: boolean;
  /** Villages live in it: its way out is under the rules of the installation's walls from the first packet on. */
  readonly walled?: boolean;
  /** Its members cannot reach each other; an engine told so shows bridged packets to the packet filter, which walls need. */
  readonly apart?: boolean;
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
  | {
      readonly type: 'tmpfs';
      readonly target: string;
      readonly sizeBytes: number;
      readonly mode: number;
      readonly uid: number;
    };

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
  /** Names the container knows besides: name → IPv4. */
  readonly outsideHosts?: Readonly<Record<string, string>>;
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
/** One sample of a running container. `cpuSeconds` counts since its start: two samples give a share of the time between them. */
export interface WorkloadUse {
  readonly id: string;
  readonly name: string;
  readonly labels: Labels;
  readonly madeAt: string;
  readonly startedAt: string | null;
  /** How often the engine has started it again by itself. */
  readonly restarts: number;
  readonly memoryBytes: number;
  readonly memoryLimitBytes: number;
  readonly cpuSeconds: number;
  readonly at: string;
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
  /** About what the image grows by; room for it is asked for first. Absent = next to nothing. */
  readonly bytes?: number;
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
  /**
   * `ensureVolume`, then files by paths relative to it. Only for volumes that every workload mounts read-only: where the engine is on this
   * machine they are written straight into the volume's folder, in which nobody else may have laid a link.
   */
  fillVolume(spec: VolumeSpec, files: readonly FileSpec[]): Promise<void>;
  /** Puts files and folders into volumes through a never-started helper container (works on a remote engine too). */
  putFiles(mounts: readonly Mount[], files: readonly FileSpec[]): Promise<void>;
  /** Content of one file in a volume; ProvisionError('not_found') when it is not there. */
  readFile(mounts: readonly Mount[], path: string): Promise<Buffer>;
  /** A tar of a folder of a volume, for archives. */
  exportFolder(mounts: readonly Mount[], path: string): Promise<NodeJS.ReadableStream>;
  importFolder(mounts: readonly Mount[], path: string, tar: NodeJS.ReadableStream): Promise<void>;

  /** By tag or by label match; null when absent. */
  findImage(
    match: { readonly tag: string } | { readonly labels: Labels; readonly anyInstallation?: boolean },
  ): Promise<ImageFacts | null>;
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
  runOnce(
    spec: WorkloadSpec,
    options: {
      readonly signal: AbortSignal;
      readonly onLine?: (line: LogLine) => void;
      readonly stdin?: NodeJS.ReadableStream;
      readonly stdout?: NodeJS.WritableStream;
    },
  ): Promise<OneShotResult>;
  exec(
    name: string,
    argv: readonly string[],
    options?: {
      readonly user?: string;
      readonly timeoutMs?: number;
      readonly stdin?: NodeJS.ReadableStream;
      readonly stdout?: NodeJS.WritableStream;
      readonly env?: Readonly<Record<string, string>>;
    },
  ): Promise<ExecResult>;
  logs(
    name: string,
    options: { readonly tail: number; readonly follow: boolean; readonly signal: AbortSignal },
  ): AsyncIterable<LogLine>;
  stats(name: string): Promise<ResourceUse>;
  /** One sample of each running container with these labels, many at once; what ends meanwhile is left out. */
  usage(labels: Labels): Promise<readonly WorkloadUse[]>;
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
