import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { ProvisionError, type DumpFacts } from '../../contracts';
import { schemaName } from '../../lib/sql-identifier';
import type { Account, Connections } from './connection';
import { inspectDump, requireSpace, writeDumpFile } from './dump-file';
import { DumpLines, type DefinerRule, type DumpContent } from './dump-lines';
import { abortedError, asProvisionError, wordOf } from './errors';
import { ownerNameOf, readersOf } from './grants';
import type { OwnerOf } from './owner';
import { emptySchema, objectsOf, requireSchema, sizesOf } from './schemas';
import { toolError, toolOutput, withOwnerAccount, withToolAccount, type DumpTool, type ToolAccount } from './tool';

/** Server and tools that all dump acts work with. */
export interface DumpBench {
  readonly connections: Connections;
  readonly tool: DumpTool;
  readonly ownerOf: OwnerOf;
}

export const dumpArguments = (tool: DumpTool, account: ToolAccount, ...more: readonly string[]): readonly string[] => [
  tool.dumpCommand ?? 'mariadb-dump',
  '--no-defaults',
  ...account.addressArguments,
  '--single-transaction',
  '--quick',
  '--skip-lock-tables',
  '--hex-blob',
  '--no-tablespaces',
  '--skip-dump-date',
  '--default-character-set=utf8mb4',
  '--max-allowed-packet=1G',
  ...more,
];
const WITH_CODE = ['--routines', '--triggers', '--events'];

/** ProvisionError('failed') with details.reason when the dump is cut short or a table or view of the schema is not in it. */
export const requireWhole = (
  content: DumpContent,
  live: { readonly tables: readonly string[]; readonly views: readonly string[] },
  facts: { readonly schema: string },
): void => {
  if (!content.complete)
    throw new ProvisionError('failed', 'The dump is cut short', { ...facts, reason: 'incomplete_dump' });
  const missing = [
    ...live.tables.filter((name) => !content.tables.has(name)),
    ...live.views.filter((name) => !content.views.has(name)),
  ];
  if (missing.length === 0) return;
  throw new ProvisionError('failed', 'The dump lacks tables', {
    ...facts,
    reason: 'tables_missing',
    missing: missing.slice(0, 20).join(' '),
  });
};

/** See DatabaseServer.dump. */
export const dumpSchema = async (
  bench: DumpBench,
  schema: string,
  file: string,
  signal: AbortSignal,
  onProgress: (bytes: number) => void,
): Promise<DumpFacts> => {
  const started = performance.now();
  if (signal.aborted) throw abortedError(signal, { file });
  await requireSchema(bench.connections, schema);
  await requireSpace(file, (await sizesOf(bench.connections, schema)).data);
  const live = await objectsOf(bench.connections, schema);
  const found = await withToolAccount(bench.connections, bench.tool, { schema, purpose: 'dump', signal }, (account) =>
    writeDumpFile(toolOutput(bench.tool, account, dumpArguments(bench.tool, account, ...WITH_CODE, schema), signal), {
      file,
      signal,
      onProgress,
      verify: (content) => requireWhole(content, live, { schema }),
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  return { path: file, bytes: found.bytes, sha256: found.sha256, seconds, tables: found.tables.size, verified: true };
};

/** Definers that may read the schema stay; others become its owner, or us when it has none. */
const definersFor = async (connections: Connections, schema: string): Promise<DefinerRule> => {
  const [readers, owner] = await Promise.all([readersOf(connections, schema), ownerNameOf(connections, schema)]);
  const [row] = await connections.run(
    "SELECT SUBSTRING_INDEX(CURRENT_USER(), '@', 1) AS user, SUBSTRING_INDEX(CURRENT_USER(), '@', -1) AS host",
  );
  const fallback =
    owner === null ? { user: String(row?.['user']), host: String(row?.['host']) } : { user: owner, host: '%' };
  return (user, host) => (readers.has(`${user}@${host}`) ? { user, host } : fallback);
};

const readerLeft = (error: unknown): boolean => ['ERR_STREAM_PREMATURE_CLOSE', 'EPIPE'].includes(wordOf(error));

const loadArguments = (tool: DumpTool, account: ToolAccount, schema: string): readonly string[] => [
  tool.loadCommand ?? 'mariadb',
  '--no-defaults',
  ...account.addressArguments,
  '--batch',
  // No client commands but DELIMITER: a dump is data, not a script.
  '--binary-mode',
  '--comments',
  '--skip-column-names',
  '--unbuffered',
  '--skip-reconnect',
  '--default-character-set=utf8mb4',
  '--max-allowed-packet=1G',
  `--database=${schemaName(schema)}`,
];

type LoadAccount = <T>(work: (account: ToolAccount) => Promise<T>) => Promise<T>;
/** The owner loads what becomes its own; a schema without a known owner is loaded by an account made for it. */
const loadAccount = (bench: DumpBench, schema: string, owner: Account | null, signal: AbortSignal): LoadAccount =>
  owner === null
    ? (work) => withToolAccount(bench.connections, bench.tool, { schema, purpose: 'load', signal }, work)
    : (work) => withOwnerAccount(bench.connections, bench.tool, { owner, signal }, work);

const load = async (
  bench: DumpBench,
  schema: string,
  source: (lines: DumpLines) => Promise<void>,
  signal: AbortSignal,
): Promise<DumpContent> => {
  const owner = await bench.ownerOf(schema);
  const rule: DefinerRule =
    owner === null ? await definersFor(bench.connections, schema) : () => ({ user: owner.user, host: '%' });
  return loadAccount(
    bench,
    schema,
    owner,
    signal,
  )(async (account) => {
    const lines = new DumpLines(rule, account.hello?.sql);
    const stop = new AbortController();
    const feeding = source(lines).catch(async (error: unknown) => {
      // The tool would take the early end of its input for success.
      if (!readerLeft(error)) {
        stop.abort();
        await account.drop();
      }
      throw error;
    });
    const loading = bench.tool.run(loadArguments(bench.tool, account, schema), {
      env: account.env,
      stdin: lines,
      ...(account.hello === undefined ? {} : { stdout: account.hello.stdout }),
      signal: AbortSignal.any([signal, stop.signal]),
    });
    const [fed, result] = await Promise.allSettled([feeding, loading.finally(() => lines.destroy())]);
    if (fed.status === 'rejected' && !readerLeft(fed.reason)) throw fed.reason;
    if (result.status === 'rejected') throw result.reason;
    if (result.value.exitCode !== 0) throw toolError('mariadb', result.value);
    if (fed.status === 'rejected') throw fed.reason;
    return lines.content();
  });
};

const leaveEmpty = async (connections: Connections, schema: string): Promise<'empty' | 'partial'> => {
  try {
    await emptySchema(connections, schema);
    return 'empty';
  } catch {
    return 'partial';
  }
};

const reload = async (
  bench: DumpBench,
  schema: string,
  source: (lines: DumpLines) => Promise<void>,
  signal: AbortSignal,
): Promise<void> => {
  await emptySchema(bench.connections, schema);
  try {
    const content = await load(bench, schema, source, signal);
    const live = await objectsOf(bench.connections, schema);
    requireWhole(content, live, { schema });
    const loaded = new Set([...live.tables, ...live.views]);
    const missing = [...content.tables, ...content.views].filter((name) => !loaded.has(name));
    if (missing.length > 0)
      throw new ProvisionError('failed', 'Tables are missing after loading', {
        schema,
        reason: 'tables_missing',
        missing: missing.slice(0, 20).join(' '),
      });
  } catch (error) {
    const state = await leaveEmpty(bench.connections, schema);
    if (signal.aborted) throw abortedError(signal, { schema, state });
    const known = asProvisionError(error);
    throw new ProvisionError(known.code, known.message, { ...known.details, schema, state }, error);
  }
};

/** See DatabaseServer.restore. */
export const restoreSchema = async (
  bench: DumpBench,
  schema: string,
  file: string,
  signal: AbortSignal,
): Promise<void> => {
  if (signal.aborted) throw abortedError(signal, { schema, state: 'untouched' });
  await requireSchema(bench.connections, schema);
  const found = await inspectDump(file, signal).catch((error: unknown) => {
    const known = asProvisionError(error);
    throw new ProvisionError(known.code, known.message, { ...known.details, schema, state: 'untouched' }, error);
  });
  if (!found.complete)
    throw new ProvisionError('invalid', 'The dump is cut short', {
      schema,
      file,
      reason: 'incomplete_dump',
      state: 'untouched',
    });
  await reload(bench, schema, (lines) => pipeline(createReadStream(file), createGunzip(), lines, { signal }), signal);
};

/** See DatabaseServer.clone. */
export const cloneSchema = async (bench: DumpBench, from: string, to: string, signal: AbortSignal): Promise<void> => {
  if (from === to) throw new ProvisionError('invalid', 'A schema cannot be cloned onto itself', { schema: from });
  if (signal.aborted) throw abortedError(signal, { schema: to, state: 'untouched' });
  await requireSchema(bench.connections, from);
  await requireSchema(bench.connections, to);
  await withToolAccount(bench.connections, bench.tool, { schema: from, purpose: 'dump', signal }, async (account) => {
    const output = toolOutput(bench.tool, account, dumpArguments(bench.tool, account, ...WITH_CODE, from), signal);
    await reload(
      bench,
      to,
      (lines) => pipeline(Readable.from(output, { objectMode: false }), lines, { signal }),
      signal,
    );
  });
};
