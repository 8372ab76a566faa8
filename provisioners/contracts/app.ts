import type { FileSpec, Limits, OneShotResult } from './target';
import type { TenantRows } from './database';
import type { ReleaseFacts } from './release';

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
  readonly database: {
    readonly host: string;
    readonly port: number;
    readonly schema: string;
    readonly user: string;
    readonly password: string;
  } | null;
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
  readonly folders: readonly {
    readonly path: string;
    readonly mode: number;
    readonly uid: number;
    readonly gid: number;
  }[];
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
  /** Beside it, where people sign in: these may redirect or be closed, but never be an error of the server or stay silent. */
  readonly alive?: readonly string[];
  /** Asked beside it: where the app names its desa, when it can (a licence may close it: then it tells nothing). */
  readonly tells?: {
    readonly path: string;
    /** Name it must tell; its code is that of the desa. */
    readonly nama: string;
    /** null = the body tells nothing. */
    read(body: string): { readonly kode: string; readonly nama: string } | null;
  };
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
/** What a migration of a release says it makes. `column` null = the table itself; `by` = its path in the tree. */
export interface PromisedPart {
  readonly table: string;
  readonly column: string | null;
  readonly by: string;
}
/** Where a release keeps its migrations, and a schema the list of those that ran: the proof of a migration reads both itself. */
export interface MigrationFacts {
  /** Paths in the tree. */
  readonly files: RegExp;
  readonly list: { readonly table: string; readonly column: string };
  /** Words that must stand in the list afterwards. */
  recorded(paths: readonly string[], schemaVersion: string | null): readonly string[];
  /** What must be there once these ran; path → source, read and never executed. */
  promises(sources: ReadonlyMap<string, string>): readonly PromisedPart[];
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
  afterProvision?(
    ctx: InstanceContext & { readonly tenantId: number | null; readonly adminPasswordHash: string },
  ): readonly { readonly sql: string; readonly values: readonly (string | number | null)[] }[];
  /** Guard statements the schema must have (delete trigger …), run as owner after every migration. */
  guards?(): readonly string[];
  tenantRows?(tenantId: number): TenantRows;
  /** Absent when the app has no structure of its own. */
  readonly migrations?: MigrationFacts;
  page(ctx: InstanceContext): PageProof;
  /** First account told to the admin once; null when the app has none of its own. */
  readonly firstAccount: { readonly username: string; readonly loginPath: string } | null;
}
