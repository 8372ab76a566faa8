import { Command, CommanderError } from 'commander';
import { ProvisionError } from '../../provisioners/contracts';
import { AppError, exitCodeOf } from '../domain/errors';
import { MESSAGES, type Locale } from '../texts';
import { backupCommands } from './commands/backup';
import { certificateCommands } from './commands/certificate';
import { desaCommands, tokenCommands } from './commands/desa';
import { installationCommands } from './commands/installation';
import { auditCommands, databaseCommands, settingCommands, wilayahCommands } from './commands/platform';
import { officeCommands } from './commands/office';
import { messageCommands } from './commands/message';
import { releaseCommands } from './commands/release';
import { rolloutCommands } from './commands/rollout';
import { serverCommands } from './commands/server';
import { setupCommand } from './commands/setup';
import { userCommands } from './commands/user';
import { completionCommand } from './completion';
import type { Cli, Output } from './context';
import { EXAMPLES } from './examples';
import { describe, makeOutput } from './output';

/** Turns a command's work into an action: options and arguments in, exit code out. */
export type Run = (
  work: (cli: Cli, options: never, ...args: never[]) => Promise<number>,
) => (...raw: unknown[]) => Promise<void>;
export interface ProgramDeps {
  readonly locale: Locale;
  readonly version: string;
  readonly makeCli: (out: Output) => Cli;
}

type Noun = readonly [description: string, build: (noun: Command, run: Run) => void];
const nounsOf = (locale: Locale): Readonly<Record<string, Noun>> => ({
  wilayah: ['regions', wilayahCommands],
  release: ['releases', releaseCommands],
  desa: ['desa and what runs for them', desaCommands],
  rollout: ['changes over many desa', rolloutCommands],
  token: ['registration tokens of desa', tokenCommands],
  database: ['the shared database', databaseCommands],
  backup: ['dumps and archives that are kept', backupCommands],
  certificate: ['certificates of hosts', certificateCommands],
  server: ['machines', serverCommands],
  settings: [
    'settings',
    (noun, run) => {
      settingCommands(noun, run);
      officeCommands(noun, run);
    },
  ],
  user: ['people of the dashboard', userCommands],
  audit: ['who did what', auditCommands],
  message: ['what messages mean', messageCommands(locale)],
});

/** All commands with their options; nothing runs before `parseAsync`. */
export const buildProgram = (deps: ProgramDeps, setExit: (code: number) => void): Command => {
  const program = new Command('siappakai');
  program
    .description('Runs OpenSID, PBB and the mobile API for every desa of a kabupaten.')
    .version(deps.version)
    .option('--json', 'one JSON document on stdout')
    .option('-y, --yes', 'agree to what would be asked')
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureHelp({ showGlobalOptions: true });
  const run: Run =
    (work) =>
    async (...raw) => {
      const command = raw.at(-1) as Command;
      const global = command.optsWithGlobals<{ json?: boolean; yes?: boolean }>();
      const out = makeOutput({ json: global.json === true, yes: global.yes === true, locale: deps.locale });
      setExit(await work(deps.makeCli(out), raw.at(-2) as never, ...(raw.slice(0, -2) as never[])));
    };
  installationCommands(program, run);
  setupCommand(program, run);
  for (const [name, [description, fill]] of Object.entries(nounsOf(deps.locale))) {
    const noun = program.command(name).description(description).exitOverride().showSuggestionAfterError(true);
    fill(noun, run);
  }
  completionCommand(program);
  return spread(program);
};

/** --json and --yes may stand before or after the command; every level shows an example. */
const spread = (program: Command): Command => {
  const visit = (command: Command, path: string): void => {
    for (const child of command.commands) {
      const name = `${path}${child.name()}`;
      if (child.commands.length === 0)
        child.option('--json', 'one JSON document on stdout').option('-y, --yes', 'agree to what would be asked');
      const example = EXAMPLES[name] ?? Object.values(EXAMPLES).find((one) => one.startsWith(`${name} `));
      if (example !== undefined) child.addHelpText('after', `\nExample: ./siappakai ${example}`);
      child.exitOverride();
      visit(child, `${name} `);
    }
  };
  visit(program, '');
  return program.addHelpText('after', '\nExample: ./siappakai demo');
};

/** `… | head` closes the pipe early: that is the end of the output, not a fault. */
const endWithReader = (error: NodeJS.ErrnoException): void => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
};

/** Runs one command; resolves with the exit code, never throws. */
export const runProgram = async (argv: readonly string[], deps: ProgramDeps): Promise<number> => {
  process.stdout.once('error', endWithReader);
  let code = 0;
  const program = buildProgram(deps, (exit) => {
    code = exit;
  });
  const json = argv.includes('--json');
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError)
      return error.exitCode === 0 ||
        error.code === 'commander.help' ||
        error.code === 'commander.helpDisplayed' ||
        error.code === 'commander.version'
        ? 0
        : 2;
    const exit = exitOf(error);
    process.stderr.write(`siappakai: ${describe(error, deps.locale)}\n`);
    if (json) process.stdout.write(`${JSON.stringify(problem(error, deps.locale))}\n`);
    return exit;
  }
};
const PROVISION_EXIT: Readonly<Record<ProvisionError['code'], number>> = {
  conflict: 1,
  failed: 1,
  refused: 1,
  not_found: 2,
  invalid: 2,
  unreachable: 3,
  timeout: 3,
  no_space: 3,
};
/** A command that acts on this machine itself meets its faults as they are. */
const exitOf = (error: unknown): number =>
  error instanceof ProvisionError ? PROVISION_EXIT[error.code] : exitCodeOf(error);
const codeOf = (error: unknown): string => {
  if (error instanceof ProvisionError) return `provision_${error.code}`;
  return error instanceof AppError ? error.code : 'internal';
};
const problem = (error: unknown, locale: Locale): Record<string, unknown> => ({
  error: {
    code: codeOf(error),
    field: error instanceof AppError ? error.field : null,
    message: describe(error, locale),
    params: error instanceof AppError ? error.params : error instanceof ProvisionError ? error.details : {},
  },
});
export const languageOf = (language: string | null): Locale =>
  language?.toLowerCase().startsWith('en') === true && MESSAGES.en !== undefined ? 'en' : 'id';
