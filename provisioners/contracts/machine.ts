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
