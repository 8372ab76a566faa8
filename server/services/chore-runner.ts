import path from 'node:path';
import { ulid } from 'ulid';
import { z } from 'zod';
import type { DumpFacts } from '../../provisioners/contracts';
import type { Chore, ChoreKind, FileFinding } from '../domain/chore';
import { AppError } from '../domain/errors';
import { asReason } from '../rollouts/step-error';
import type { Stores, Transactor } from '../stores';

const KEPT_DAYS = 30;

/** What the worker's machine can do; `file` is absolute. */
export interface ChoreTools {
  readonly dumpsFolder: string;
  readonly dump: (schema: string, file: string, signal: AbortSignal) => Promise<DumpFacts>;
  /** sha256 and size of a file; null = it is not there. */
  readonly measure: (
    file: string,
    signal: AbortSignal,
  ) => Promise<{ readonly bytes: number; readonly sha256: string } | null>;
  readonly removeFile: (file: string) => Promise<void>;
}
/** What is written together with the chore's end. */
type Commit = (stores: Stores) => Promise<void>;
/** Keeps two workers from the same work; null when another one has it. */
type Exclusively = <T>(name: string, work: () => Promise<T>) => Promise<T | null>;

const manifestSchema = z.object({
  files: z.array(z.object({ name: z.string(), bytes: z.number(), sha256: z.string() })),
});

/** Does the small work people asked for, one at a time; what was begun and not ended is begun again. */
export class ChoreRunner {
  private readonly transact: Transactor;
  private readonly tools: ChoreTools;
  private readonly shutdown: AbortSignal;
  private busy = false;
  constructor(transact: Transactor, tools: ChoreTools, shutdown: AbortSignal) {
    this.transact = transact;
    this.tools = tools;
    this.shutdown = shutdown;
  }

  async sweep(exclusively: Exclusively): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      const open = await this.transact.read.chores.open();
      for (const chore of open) {
        if (this.shutdown.aborted) return;
        await exclusively(`chore:${chore.id}`, () => this.run(chore));
      }
      if (open.length > 0) await this.transact.read.chores.forget(KEPT_DAYS);
    } finally {
      this.busy = false;
    }
  }

  private async run(chore: Chore): Promise<void> {
    const { chores } = this.transact.read;
    // Another worker may have ended it between our look and our lock.
    if (!(await chores.open()).some((one) => one.id === chore.id)) return;
    await chores.begin(chore.id);
    try {
      const commit = await this.acts[chore.kind](chore);
      await this.transact.run(async (stores) => {
        await commit(stores);
        await stores.chores.end(chore.id, 'done', null);
      });
    } catch (error) {
      if (this.shutdown.aborted) return;
      await chores.end(chore.id, 'failed', asReason(error).reason);
    }
  }

  private readonly acts: Readonly<Record<ChoreKind, (chore: Chore) => Promise<Commit>>> = {
    dump: async ({ id, subject }) => {
      const { read } = this.transact;
      const database = (await read.databases.list()).find((one) => one.name === subject);
      if (database === undefined) throw new AppError('not_found', { object: 'database' });
      const file = path.join(this.tools.dumpsFolder, `${database.schemaName}-${id}.sql.gz`);
      const { bytes, sha256, tables } = await this.tools.dump(database.schemaName, file, this.shutdown);
      const { schemaName } = database;
      const dump = { id: ulid(), schemaName, deploymentId: null, path: file, bytes, sha256, tables };
      return (stores) => stores.dumps.create(dump);
    },
    check_dump: async ({ subject }) => {
      const dump = await this.transact.read.dumps.find(subject);
      if (dump === null) throw new AppError('not_found', { object: 'dump' });
      const finding = await this.findingOf(dump.path, dump);
      return (stores) => stores.dumps.setFinding(dump.id, finding);
    },
    check_archive: async ({ subject }) => {
      const archive = await this.transact.read.archives.find(subject);
      if (archive === null) throw new AppError('not_found', { object: 'archive' });
      const { files } = manifestSchema.parse(archive.manifest);
      let worst: FileFinding = 'sound';
      for (const file of files) {
        const finding = await this.findingOf(path.join(archive.path, path.basename(file.name)), file);
        if (finding === 'missing' || (finding === 'changed' && worst === 'sound')) worst = finding;
      }
      const finding = worst;
      return (stores) => stores.archives.setFinding(archive.id, finding);
    },
    remove_dump: async ({ subject }) => {
      const dump = await this.transact.read.dumps.find(subject);
      if (dump !== null) await this.tools.removeFile(dump.path);
      return (stores) => stores.dumps.remove(subject);
    },
  };

  private async findingOf(
    file: string,
    written: { readonly bytes: number; readonly sha256: string },
  ): Promise<FileFinding> {
    const found = await this.tools.measure(file, this.shutdown);
    if (found === null) return 'missing';
    return found.bytes === written.bytes && found.sha256 === written.sha256 ? 'sound' : 'changed';
  }
}
