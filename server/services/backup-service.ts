import { ulid } from 'ulid';
import { authorize, type Action } from '../auth/permission';
import type { Actor } from '../domain/actor';
import type { Chore, ChoreKind } from '../domain/chore';
import { AppError } from '../domain/errors';
import type { Stores, Transactor } from '../stores';
import type { Archive } from '../stores/archive-store';
import type { Dump } from '../stores/dump-store';
import { recordAudit } from './audit-service';

export const DUMPS_A_PAGE = 50;
const ARCHIVES = 200;
const CHORES = 20;

/** shared = of the databases all desa use; own = of one desa and app each. */
export type DumpKind = 'shared' | 'own';
interface Sum {
  readonly count: number;
  readonly bytes: number;
}
export interface BackupList {
  readonly dumps: readonly Dump[];
  readonly sums: Readonly<Record<DumpKind, Sum>>;
  /** Names of the databases a dump can be asked of. */
  readonly databases: readonly string[];
  readonly archives: readonly Archive[];
  /** Newest first; open ones and those that ended lately. */
  readonly chores: readonly Chore[];
}

/** Dumps and archives there are; asks the worker for new ones and for another look at old ones. */
export class BackupService {
  private readonly transact: Transactor;
  constructor(transact: Transactor) {
    this.transact = transact;
  }

  async list(actor: Actor, kind: DumpKind, page: number): Promise<BackupList> {
    authorize(actor, 'backup.read');
    const { read } = this.transact;
    const databases = await read.databases.list();
    const schemas = databases.map((one) => one.schemaName);
    const [shared, own] = [{ schemas, among: 'these' } as const, { schemas, among: 'others' } as const];
    const [dumps, sharedSum, ownSum, archives, chores] = await Promise.all([
      read.dumps.page(kind === 'shared' ? shared : own, DUMPS_A_PAGE, (page - 1) * DUMPS_A_PAGE),
      read.dumps.sum(shared),
      read.dumps.sum(own),
      read.archives.list(ARCHIVES),
      read.chores.recent(CHORES),
    ]);
    const sums = { shared: sharedSum, own: ownSum };
    return { dumps, sums, databases: databases.map((one) => one.name), archives, chores };
  }

  async findDump(actor: Actor, id: string): Promise<Dump> {
    authorize(actor, 'backup.read');
    return needDump(this.transact.read, id);
  }

  /** A dump of one shared database, verified before it appears. False when one is asked for already. */
  async dumpNow(actor: Actor, databaseName: string): Promise<boolean> {
    return this.ask(actor, 'database.dump', 'dump', databaseName, async (stores) => {
      const known = (await stores.databases.list()).some((one) => one.name === databaseName);
      if (!known) throw new AppError('not_found', { object: 'database', name: databaseName });
      return `database:${databaseName}`;
    });
  }

  /** Reads a file again and compares it with what was written down when it was made. */
  async check(actor: Actor, what: 'dump' | 'archive', id: string): Promise<boolean> {
    return this.ask(actor, 'backup.write', `check_${what}`, id, async (stores) => {
      if (what === 'dump') return `dump:${(await needDump(stores, id)).id}`;
      const archive = await stores.archives.find(id);
      if (archive === null) throw new AppError('not_found', { object: 'archive' });
      return `archive:${archive.id}`;
    });
  }

  /** AppError('conflict') for the newest whole dump of a schema: something must be left to restore from. */
  async removeDump(actor: Actor, id: string): Promise<boolean> {
    return this.ask(actor, 'backup.write', 'remove_dump', id, async (stores) => {
      const dump = await needDump(stores, id);
      if ((await stores.dumps.newestWhole(dump.schemaName))?.id === id)
        throw new AppError('conflict', { problem: 'newest_dump' });
      return `dump:${id}`;
    });
  }

  private async ask(
    actor: Actor,
    action: Action,
    kind: ChoreKind,
    subject: string,
    objectOf: (stores: Stores) => Promise<string>,
  ): Promise<boolean> {
    authorize(actor, action);
    return this.transact.run(async (stores) => {
      const object = await objectOf(stores);
      const fresh = await stores.chores.ask({ id: ulid(), kind, subject, requestedBy: actor.name });
      if (fresh) await recordAudit(stores, actor, { act: `backup.${kind}`, object });
      return fresh;
    });
  }
}
const needDump = async (stores: Stores, id: string): Promise<Dump> => {
  const dump = await stores.dumps.find(id);
  if (dump === null) throw new AppError('not_found', { object: 'dump' });
  return dump;
};
