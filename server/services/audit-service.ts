import { createHash } from 'node:crypto';
import { authorize } from '../auth/permission';
import type { Actor } from '../domain/actor';
import { FIRST_HASH, type AuditFilter, type AuditRow, type NewAuditRow } from '../stores/audit-store';
import type { PlatformStores, PlatformTransactor } from '../stores/platform-stores';

/** One act. `before` and `after` are JSON values without secrets; null = nothing. */
export interface AuditEntry {
  readonly act: string;
  /** What it was done to, e.g. `desa:33.05.05.2011`. */
  readonly object: string;
  readonly before?: unknown;
  readonly after?: unknown;
}
export interface AuditItem {
  readonly id: number;
  readonly actor: string;
  readonly act: string;
  readonly object: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly at: Date;
}
/** `brokenAt` is the first row that does not fit; `truncated` = rows are missing at the end. */
export type ChainVerdict =
  | { readonly intact: true; readonly entries: number }
  | { readonly intact: false; readonly brokenAt: number | null; readonly reason: 'changed' | 'truncated' };

const nameOf = (actor: Actor): string =>
  (actor.kind === 'user' ? `${actor.name} (${actor.id})` : actor.name).slice(0, 190);
const jsonText = (value: unknown): string | null =>
  value === undefined || value === null ? null : JSON.stringify(value);

/** sha256 over the JSON array of all columns and the hash before; the texts of `before` and `after` as stored. */
const hashOf = (row: Omit<NewAuditRow, 'hash'>): string =>
  createHash('sha256')
    .update(
      JSON.stringify([row.previousHash, row.at.toISOString(), row.actor, row.act, row.object, row.before, row.after]),
    )
    .digest('hex');

/**
 * Appends to the chain in the caller's transaction. Write it last: the head of the chain stays locked until commit, and
 * whoever locks it before other rows can deadlock with the next.
 */
export const recordAudit = async (
  stores: Pick<PlatformStores, 'audit'>,
  actor: Actor,
  entry: AuditEntry,
): Promise<void> => {
  const head = await stores.audit.lockHead();
  const row = {
    actor: nameOf(actor),
    act: entry.act,
    object: entry.object.slice(0, 190),
    before: jsonText(entry.before),
    after: jsonText(entry.after),
    at: new Date(),
    previousHash: head.hash,
  };
  await stores.audit.append({ ...row, hash: hashOf(row) });
};

const parsed = (value: string | null): unknown => (value === null ? null : (JSON.parse(value) as unknown));
const itemOf = (row: AuditRow): AuditItem => ({
  id: row.id,
  actor: row.actor,
  act: row.act,
  object: row.object,
  before: parsed(row.before),
  after: parsed(row.after),
  at: row.at,
});
const PAGE = 500;

export class AuditService {
  private readonly transactor: PlatformTransactor;
  constructor(transactor: PlatformTransactor) {
    this.transactor = transactor;
  }

  /** Newest first; `beforeId` of the last row asks for the next page. */
  async list(actor: Actor, filter: AuditFilter): Promise<readonly AuditItem[]> {
    authorize(actor, 'audit.read');
    return (await this.transactor.read.audit.list(filter)).map(itemOf);
  }

  /** Reads the whole chain, in the order it was written. */
  async verify(actor: Actor): Promise<ChainVerdict> {
    authorize(actor, 'audit.read');
    const { audit } = this.transactor.read;
    const head = await audit.head();
    let [previous, entries, lastId] = [FIRST_HASH, 0, 0];
    while (entries < head.entries) {
      const page = (await audit.after(lastId, PAGE)).slice(0, head.entries - entries);
      if (page.length === 0) return { intact: false, brokenAt: null, reason: 'truncated' };
      for (const row of page) {
        if (row.previousHash !== previous || hashOf(row) !== row.hash)
          return { intact: false, brokenAt: row.id, reason: 'changed' };
        previous = row.hash;
        lastId = row.id;
      }
      entries += page.length;
    }
    return previous === head.hash
      ? { intact: true, entries }
      : { intact: false, brokenAt: lastId === 0 ? null : lastId, reason: 'changed' };
  }
}
