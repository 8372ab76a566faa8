import { languageOf, runProgram } from '../cli/program';
import { readEnvironment, type Config } from '../config';
import { openInstallation } from '../installation';
import { createLogger } from '../logger';
import { productVersion } from '../parts/part-spec';
import { attendSupervisor, runSupervisor } from '../supervisor';
import { makeCli } from './terminal';

/** Ends on SIGTERM or SIGINT. */
const untilSignal = (): AbortSignal => {
  const controller = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => controller.abort());
  return controller.signal;
};
const PARTS: Readonly<Record<string, (config: Config) => Promise<void>>> = {
  'run-web': async (config) => {
    const { runWeb } = await import('./web.js');
    await runWeb(config, createLogger('web'), untilSignal());
  },
  'run-worker': async (config) => {
    const { runWorker } = await import('./worker.js');
    const attendance = attendSupervisor(config);
    await runWorker(config, createLogger('worker'), untilSignal());
    attendance.stop();
  },
  'run-supervisor': (config) => runSupervisor(config),
};
const LEAVE_MS = 1000;

/** Everything begins here: a part of the installation, or one command of the terminal. Resolves with the exit code. */
export const runMain = async (argv: readonly string[]): Promise<number> => {
  const environment = readEnvironment();
  const part = PARTS[argv[0] ?? ''];
  if (part === undefined) {
    const code = await runProgram(argv, {
      locale: languageOf(environment.language),
      version: productVersion(),
      makeCli: makeCli(environment),
    });
    // Idle connections must not keep a finished command alive.
    setTimeout(() => process.exit(code), LEAVE_MS).unref();
    return code;
  }
  await part(openInstallation(environment));
  return 0;
};
