import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { ProvisionError, type DumpFacts, type TableCount, type TenantRows } from '../../contracts';
import type { Connections, Snapshot } from './connection';
import { dumpArguments, requireWhole, type DumpBench } from './dump';
import { requireSpace, writeDumpFile } from './dump-file';
import { DumpLines, dropDefiners } from './dump-lines';
import { abortedError } from './errors';
import { insertsOf, storedColumns } from './row-sql';
import { text } from './rows';
import { objectsOf, sizesOf } from './schemas';
import { countParts, tenantParts, type TenantPart } from './tenant-rows';
import { toolOutput, withToolAccount, type ToolAccount } from './tool';

const BEFORE_ROWS = `
SET NAMES utf8mb4;
SET SESSION time_zone = '+00:00', foreign_key_checks = 0, unique_checks = 0, sql_mode = 'NO_AUTO_VALUE_ON_ZERO';
`;
const AFTER_ROWS = `
SET SESSION foreign_key_checks = 1, unique_checks = 1;
`;
const FOOTER = '\n-- Dump completed\n';

/** Tables without the tenant's column that its rows refer to by foreign key, directly or through one another. */
const referencedTables = async (
  connections: Connections,
  schema: string,
  parts: readonly TenantPart[],
): Promise<readonly string[]> => {
  const rows = await connections.run(
    `SELECT DISTINCT TABLE_NAME AS child, REFERENCED_TABLE_NAME AS parent FROM information_schema.REFERENTIAL_CONSTRAINTS
     WHERE CONSTRAINT_SCHEMA = ? AND UNIQUE_CONSTRAINT_SCHEMA = CONSTRAINT_SCHEMA`,
    [schema],
  );
  const own = new Set(parts.map(({ table }) => table));
  const reached = new Set<string>();
  let frontier = own as ReadonlySet<string>;
  while (frontier.size > 0) {
    const parents = rows.filter((row) => frontier.has(text(row, 'child'))).map((row) => text(row, 'parent'));
    frontier = new Set(parents.filter((table) => !own.has(table) && !reached.has(table)));
    for (const table of frontier) reached.add(table);
  }
  return [...reached];
};

interface Plan {
  readonly parts: readonly TenantPart[];
  readonly whole: readonly string[];
  readonly live: { readonly tables: readonly string[]; readonly views: readonly string[] };
}

const planArchive = async (connections: Connections, schema: string, tenant: TenantRows): Promise<Plan> => {
  const parts = await tenantParts(connections, schema, tenant);
  const live = await objectsOf(connections, schema);
  const own = new Set(parts.map(({ table }) => table));
  const wanted = new Set([...(await referencedTables(connections, schema, parts)), ...(tenant.references ?? [])]);
  return { parts, live, whole: live.tables.filter((table) => wanted.has(table) && !own.has(table)) };
};

/** Structure or code of the schema as SQL that anybody may load: without definers. */
async function* anonymous(output: AsyncGenerator<Buffer, void, undefined>): AsyncGenerator<Buffer, void, undefined> {
  const lines = new DumpLines(dropDefiners);
  const feeding = pipeline(Readable.from(output, { objectMode: false }), lines);
  feeding.catch(() => undefined);
  for await (const chunk of lines as AsyncIterable<Buffer>) yield chunk;
  await feeding;
}

interface Work {
  readonly bench: DumpBench;
  readonly schema: string;
  readonly plan: Plan;
  readonly snapshot: Snapshot;
  readonly account: ToolAccount;
  readonly signal: AbortSignal;
}

async function* rowsSql(work: Work, counts: readonly TableCount[]): AsyncGenerator<Buffer, void, undefined> {
  const columns = await storedColumns(work.bench.connections, work.schema);
  const whole = work.plan.whole.map((table) => ({ table, where: 'TRUE', values: [] }));
  for (const part of [...whole, ...work.plan.parts]) {
    let written = 0;
    yield* insertsOf(work.snapshot, { ...part, columns: columns.get(part.table) ?? [] }, () => void (written += 1));
    const expected = counts.find(({ table }) => table === part.table)?.rows ?? written;
    if (written !== expected) {
      throw new ProvisionError('failed', 'The archive lacks rows', {
        table: part.table,
        expected,
        written,
        reason: 'rows_missing',
      });
    }
  }
}

async function* archiveSql(work: Work, counts: readonly TableCount[]): AsyncGenerator<Buffer, void, undefined> {
  const { bench, schema, account, signal } = work;
  const pass = (...more: readonly string[]): AsyncGenerator<Buffer, void, undefined> =>
    anonymous(
      toolOutput(bench.tool, account, dumpArguments(bench.tool, account, '--no-data', ...more, schema), signal),
    );
  yield* pass('--skip-triggers');
  yield Buffer.from(BEFORE_ROWS);
  yield* rowsSql(work, counts);
  yield Buffer.from(AFTER_ROWS);
  // Triggers come last: they must not act on rows that are loaded.
  yield* pass('--no-create-info', '--skip-opt', '--triggers', '--routines');
  yield Buffer.from(FOOTER);
}

/** See DatabaseServer.dumpTenant. */
export const dumpTenantRows = async (
  bench: DumpBench,
  schema: string,
  tenant: TenantRows,
  file: string,
  signal: AbortSignal,
): Promise<DumpFacts & { readonly counts: readonly TableCount[] }> => {
  const started = performance.now();
  if (signal.aborted) throw abortedError(signal, { file });
  const plan = await planArchive(bench.connections, schema, tenant);
  await requireSpace(file, (await sizesOf(bench.connections, schema)).data);
  return withToolAccount(bench.connections, bench.tool, { schema, purpose: 'dump', signal }, (account) =>
    bench.connections.snapshot(schema, async (snapshot) => {
      const counts = await countParts(snapshot.run, plan.parts);
      const source = archiveSql({ bench, schema, plan, snapshot, account, signal }, counts);
      const found = await writeDumpFile(source, {
        file,
        signal,
        onProgress: () => undefined,
        verify: (content) => requireWhole(content, plan.live, { schema }),
      });
      const seconds = (performance.now() - started) / 1000;
      return {
        path: file,
        bytes: found.bytes,
        sha256: found.sha256,
        seconds,
        tables: found.tables.size,
        verified: true,
        counts,
      };
    }),
  );
};
