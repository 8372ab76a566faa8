import { randomBytes } from 'node:crypto';
import { PassThrough, Writable } from 'node:stream';
import { ProvisionError } from '../../contracts';
import { run } from '../../lib/run';
import { grantPattern, quoteIdentifier, schemaName } from '../../lib/sql-identifier';
import type { Account, Address, Connections } from './connection';
import { abortedError, asProvisionError, codeOfErrno } from './errors';
import { account } from './grants';
import { count, text } from './rows';

export interface ToolStreams {
  /** Secrets enter here, never by argv. */
  readonly env: Readonly<Record<string, string>>;
  readonly stdin?: NodeJS.ReadableStream;
  /** Ended by the runner or by us, once the command is done. */
  readonly stdout?: NodeJS.WritableStream;
  readonly signal: AbortSignal;
}
export interface ToolResult {
  readonly exitCode: number;
  readonly stderr: string;
}
/**
 * Runs a command where the database's client tools are: on this machine, or in the container of the database. The command's
 * input must end when `stdin` ends or is destroyed; a runner without use for `signal` is ended through the tool's account.
 */
export type ToolRunner = (argv: readonly string[], streams: ToolStreams) => Promise<ToolResult>;
/** The client tools and the address of the server as they see it. */
export interface DumpTool {
  readonly run: ToolRunner;
  readonly address: Address;
  readonly dumpCommand?: string;
  readonly loadCommand?: string;
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The tools of this machine. */
export const localRunner: ToolRunner = (argv, streams) =>
  run(argv, {
    env: { PATH, LC_ALL: 'C.UTF-8', ...streams.env },
    signal: streams.signal,
    ...(streams.stdin === undefined ? {} : { stdin: streams.stdin }),
    ...(streams.stdout === undefined ? {} : { stdout: streams.stdout }),
  });

const PREFIX = 'sp_alat_';
const STALE_MINUTES = 60;
const minuteNow = (): number => Math.floor(Date.now() / 60_000);

const dropStaleAccounts = async (connections: Connections): Promise<void> => {
  const rows = await connections.run(
    `SELECT User AS user FROM mysql.user WHERE User LIKE 'sp\\_alat\\_%' AND Host = '%'
     AND User NOT IN (SELECT USER FROM information_schema.PROCESSLIST)`,
  );
  for (const row of rows) {
    const name = text(row, 'user');
    const made = Number.parseInt(name.slice(PREFIX.length).split('_')[0] ?? '', 36);
    if (made < minuteNow() - STALE_MINUTES) await connections.run(`DROP USER IF EXISTS ${account(name)}`);
  }
};

export interface ToolAccount {
  readonly env: Readonly<Record<string, string>>;
  readonly addressArguments: readonly string[];
  /** Asked first of all; the answer goes to `stdout`, which must then be the tool's. */
  readonly hello?: { readonly sql: string; readonly stdout: NodeJS.WritableStream };
  /** Ends whatever the tool does on the server, wherever it runs. */
  drop(): Promise<void>;
}

const dropAccount = async (connections: Connections, name: string): Promise<void> => {
  await connections.run(`DROP USER IF EXISTS ${account(name)}`);
  const rows = await connections.run('SELECT ID AS id FROM information_schema.PROCESSLIST WHERE USER = ?', [name]);
  for (const row of rows) await connections.run(`KILL CONNECTION ${count(row, 'id')}`).catch(() => undefined);
};

const addressArguments = (address: Address): readonly string[] =>
  'socketPath' in address
    ? ['--protocol=socket', `--socket=${address.socketPath}`]
    : ['--protocol=tcp', `--host=${address.host}`, `--port=${address.port}`];

const PRIVILEGES = {
  dump: { schema: 'SELECT, LOCK TABLES, SHOW VIEW, TRIGGER, EVENT', others: 'SELECT ON mysql.proc' },
  // Definers are other accounts: that takes SET USER (SUPER before 10.11).
  load: { schema: 'ALL PRIVILEGES', others: 'SUPER, SET USER ON *.*' },
} as const;

/** An account for one run of a tool, with no more than it needs: the administrator's password never leaves this process. */
export const withToolAccount = async <T>(
  connections: Connections,
  tool: DumpTool,
  request: { readonly schema: string; readonly purpose: 'dump' | 'load'; readonly signal: AbortSignal },
  work: (tool: ToolAccount) => Promise<T>,
): Promise<T> => {
  request.signal.throwIfAborted();
  await dropStaleAccounts(connections);
  const name = `${PREFIX}${minuteNow().toString(36)}_${randomBytes(4).toString('hex')}`;
  const password = randomBytes(24).toString('base64url');
  const { schema, others } = PRIVILEGES[request.purpose];
  const drop = (): Promise<void> => dropAccount(connections, name);
  const onAbort = (): void => void drop().catch(() => undefined);
  request.signal.addEventListener('abort', onAbort, { once: true });
  try {
    await connections.run(`CREATE USER ${account(name)} IDENTIFIED BY '${password}'`);
    await connections.run(
      `GRANT ${schema} ON ${quoteIdentifier(grantPattern(schemaName(request.schema)))}.* TO ${account(name)}`,
    );
    await connections.run(`GRANT ${others} TO ${account(name)}`);
    return await work({
      env: { MYSQL_PWD: password },
      addressArguments: [...addressArguments(tool.address), `--user=${name}`],
      drop,
    });
  } finally {
    request.signal.removeEventListener('abort', onAbort);
    await drop();
  }
};

/** Calls back with the first line that is a number. */
const hearNumber = (heard: (value: number) => void): Writable => {
  let text = '';
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      const before = text;
      text = `${text}${chunk.toString('latin1')}`.slice(0, 100);
      const line = /^(\d+)\n/m.exec(text)?.[1];
      if (line !== undefined && !/^\d+\n/m.test(before)) heard(Number(line));
      done();
    },
  });
};

/**
 * The owner's own account for one run of a tool. It is never dropped and works elsewhere too: what ends the run is the
 * end of its one connection, whose number the tool tells before anything else.
 */
export const withOwnerAccount = async <T>(
  connections: Connections,
  tool: DumpTool,
  request: { readonly owner: Account; readonly signal: AbortSignal },
  work: (tool: ToolAccount) => Promise<T>,
): Promise<T> => {
  request.signal.throwIfAborted();
  const run = { id: 0, unwanted: false };
  const drop = async (): Promise<void> => {
    run.unwanted = true;
    if (run.id > 0) await connections.run(`KILL CONNECTION ${run.id}`).catch(() => undefined);
  };
  const stdout = hearNumber((id) => {
    run.id = id;
    if (run.unwanted) void drop();
  });
  const onAbort = (): void => void drop();
  request.signal.addEventListener('abort', onAbort, { once: true });
  try {
    const result = await work({
      env: { MYSQL_PWD: request.owner.password },
      addressArguments: [...addressArguments(tool.address), `--user=${request.owner.user}`],
      hello: { sql: 'SELECT CONNECTION_ID();\n', stdout },
      drop,
    });
    run.id = 0;
    return result;
  } finally {
    request.signal.removeEventListener('abort', onAbort);
    await drop();
  }
};

/** A tool that ended badly, judged by the error number it printed. */
export const toolError = (command: string, result: ToolResult): ProvisionError => {
  const errno = /\berror:? (\d{4,5})\b/i.exec(result.stderr)?.[1];
  const lastLine = (result.stderr.trim().split('\n').at(-1) ?? '').slice(0, 500);
  const code = errno === undefined ? 'failed' : codeOfErrno(Number(errno));
  return new ProvisionError(code, `${command} ended with ${result.exitCode}`, {
    command,
    exitCode: result.exitCode,
    errno: errno === undefined ? null : Number(errno),
    lastLine,
  });
};

/** Output of a tool while it runs; throws when it ends badly, ends it when the reader stops early. */
export async function* toolOutput(
  tool: DumpTool,
  accountOfTool: ToolAccount,
  argv: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  const stop = new AbortController();
  const stdout = new PassThrough();
  const ended = tool.run(argv, { env: accountOfTool.env, stdout, signal: AbortSignal.any([signal, stop.signal]) }).then(
    (result) => {
      stdout.end();
      return result;
    },
    (error: unknown) => {
      stdout.destroy(error instanceof Error ? error : new Error(String(error)));
      throw error;
    },
  );
  ended.catch(() => undefined);
  let whole = false;
  try {
    for await (const chunk of stdout.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) yield chunk;
    const result = await ended;
    if (result.exitCode !== 0) throw toolError(argv[0] ?? '', result);
    whole = true;
  } catch (error) {
    throw signal.aborted ? abortedError(signal) : asProvisionError(error);
  } finally {
    stop.abort();
    // A tool whose output nobody reads is stuck in writing and never hears of its end.
    stdout.resume();
    // A runner without a signal (a container's exec) ends when its account and connections do.
    if (!whole) await accountOfTool.drop().catch(() => undefined);
    await ended.catch(() => undefined);
  }
}
