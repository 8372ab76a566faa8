import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { ListOperation } from '../services/operations/list-operation';
import type { OneOperation, OperationContext } from '../services/operations/operation';
import type { Messages } from '../texts';
import type { Cli, Session } from './context';
import { table } from './output';
import type { Run } from './program';

const LOOK_MS = 1000;

/** `account`: whose own things are meant, when the command is about somebody's. */
export const contextOf = (cli: Cli, session: Session, account: string = cli.actor.id): OperationContext => ({
  deps: session,
  actor: cli.actor,
  account,
  sentence: (reason) => cli.out.reason(reason),
});

/** What one look gives: the document, its lines for people, and whether anything can still change. */
export interface Look {
  readonly document: unknown;
  readonly lines: readonly string[];
  readonly ended?: boolean;
}
export interface LookOptions {
  readonly watch?: boolean;
}
export const withWatch = (command: Command): Command =>
  command.option('-w, --watch', 'stay and print what changes, until Ctrl-C');

/** Prints one look; with --watch every changed one: the document again, or only the lines that are new. */
export const show = async (cli: Cli, options: LookOptions, look: () => Promise<Look>): Promise<number> => {
  let over = false;
  const stop = (): void => {
    over = true;
  };
  process.once('SIGINT', stop);
  let [printed, seen]: [string, ReadonlySet<string>] = ['', new Set()];
  try {
    for (;;) {
      const { document, lines, ended } = await look();
      const text = JSON.stringify(document);
      if (text !== printed) {
        cli.out.document(document);
        for (const line of lines) if (!seen.has(line)) cli.out.line(line);
      }
      [printed, seen] = [text, new Set(lines)];
      if (options.watch !== true || ended === true || over) return 0;
      await sleep(LOOK_MS);
      if (over) return 0;
    }
  } finally {
    process.off('SIGINT', stop);
  }
};

/** `key: value` lines of a flat document. */
export const fieldsOf = (document: object): readonly string[] =>
  Object.entries(document).map(
    ([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );

export interface ListOptions extends LookOptions {
  readonly csv?: boolean;
  readonly limit?: number;
}
const numberOf = (text: string): number => Number(text);
export const withList = (command: Command): Command =>
  withWatch(command).option('--csv', 'as CSV for a spreadsheet').option('--limit <n>', 'at most so many', numberOf);

/** What people read in a column instead of what programs read there; null = the same. */
export type Cells<T> = Readonly<Record<string, (item: T) => string | null>>;

/** A list as a table, as JSON or as CSV; without --limit all of it. */
export const printList = <I extends object, T>(
  cli: Cli,
  context: OperationContext,
  operation: ListOperation<I, T>,
  input: I,
  options: ListOptions,
  cells?: Cells<T>,
): Promise<number> => {
  const { limit } = options;
  const read = (): Promise<readonly T[]> =>
    limit === undefined ? operation.all(context, input) : operation.call(context, { ...input, limit });
  if (options.csv !== true) return show(cli, options, async () => lookOf(operation, await read(), cells));
  return read().then((items) => {
    cli.out.text(operation.csv(items));
    return 0;
  });
};
/** The command of a list; `usual` = how many when --limit is not given. */
export const listing = <I extends object, T, O>(
  command: Command,
  run: Run,
  operation: ListOperation<I, T>,
  how: {
    readonly input: (options: O) => I;
    readonly usual?: number;
    readonly cells?: (words: Messages) => Cells<T>;
    readonly account?: (session: Session, options: O) => Promise<string>;
  },
): void => {
  const usual = how.usual === undefined ? {} : { limit: how.usual };
  withList(command).action(
    run((cli, options: O & ListOptions) =>
      cli.open(async (session) => {
        const context = contextOf(cli, session, await how.account?.(session, options));
        const cells = how.cells?.(cli.out.words);
        return printList(cli, context, operation, how.input(options), { ...usual, ...options }, cells);
      }),
    ),
  );
};
const lookOf = <T>(operation: ListOperation<never, T>, items: readonly T[], cells: Cells<T> = {}): Look => ({
  document: items,
  lines: table([
    operation.table.map(({ name }) => name.toUpperCase()),
    ...items.map((item) => operation.table.map(({ name, of }) => cells[name]?.(item) ?? String(of(item) ?? '—'))),
  ]),
});

/** One thing: its document, and its lines for people. */
export const showing = <I, A extends object, O extends object>(
  command: Command,
  run: Run,
  operation: OneOperation<I, A>,
  how: {
    readonly input: (options: O, ...args: readonly string[]) => I;
    readonly lines?: (document: A) => readonly string[];
    readonly ended?: (document: A) => boolean;
    readonly account?: (session: Session, options: O) => Promise<string>;
  },
): void => {
  command.action(
    run((cli, options: O & LookOptions, ...args: readonly string[]) =>
      cli.open(async (session) => {
        const account = await how.account?.(session, options);
        return show(cli, options, async () => {
          const document = await operation.call(contextOf(cli, session, account), how.input(options, ...args));
          return {
            document,
            lines: (how.lines ?? fieldsOf)(document),
            ended: how.ended?.(document) ?? false,
          };
        });
      }),
    ),
  );
};
