import type { Knex } from 'knex';
import { ArchiveStore } from './archive-store';
import { AuditStore } from './audit-store';
import { BrandStore } from './brand-store';
import { ChoreStore } from './chore-store';
import { DumpStore } from './dump-store';
import { IdempotencyStore } from './idempotency-store';
import { LinkStore } from './link-store';
import { PersonalTokenStore } from './personal-token-store';
import { ReportStore } from './report-store';
import { ServerStore } from './server-store';
import { SessionStore } from './session-store';
import { SettingStore } from './setting-store';
import { TokenStore } from './token-store';
import { UserStore } from './user-store';
import { WilayahStore } from './wilayah-store';

/** Stores that do not take part in deployments, on one connection or transaction. */
export interface PlatformStores {
  readonly settings: SettingStore;
  readonly users: UserStore;
  readonly sessions: SessionStore;
  readonly links: LinkStore;
  readonly audit: AuditStore;
  readonly tokens: TokenStore;
  readonly reports: ReportStore;
  readonly wilayah: WilayahStore;
  readonly servers: ServerStore;
  readonly archives: ArchiveStore;
  readonly dumps: DumpStore;
  readonly chores: ChoreStore;
  readonly brand: BrandStore;
  readonly personalTokens: PersonalTokenStore;
  readonly idempotency: IdempotencyStore;
}
/** Runs `work` with a fresh set of stores in one transaction. */
export interface PlatformTransactor {
  run<T>(work: (stores: PlatformStores) => Promise<T>): Promise<T>;
  /** Outside a transaction. */
  readonly read: PlatformStores;
}

export const platformStores = (db: Knex): PlatformStores => ({
  settings: new SettingStore(db),
  users: new UserStore(db),
  sessions: new SessionStore(db),
  links: new LinkStore(db),
  audit: new AuditStore(db),
  tokens: new TokenStore(db),
  reports: new ReportStore(db),
  wilayah: new WilayahStore(db),
  servers: new ServerStore(db),
  archives: new ArchiveStore(db),
  dumps: new DumpStore(db),
  chores: new ChoreStore(db),
  brand: new BrandStore(db),
  personalTokens: new PersonalTokenStore(db),
  idempotency: new IdempotencyStore(db),
});
