import { sshMachines } from '../../provisioners/servers';
import type { Cli, Output, Session } from '../cli/context';
import { TERMINAL } from '../cli/context';
import { languageOf, runProgram } from '../cli/program';
import { readEnvironment, type Config, type Environment } from '../config';
import { AppError } from '../domain/errors';
import { openInstallation } from '../installation';
import { createLogger } from '../logger';
import { productVersion } from '../parts/part-spec';
import { DesaService } from '../services/desa-service';
import { DesaModel } from '../services/read-models/desa-model';
import { RolloutModel } from '../services/read-models/rollout-model';
import { ServerService } from '../services/server-service';
import { attendSupervisor, runSupervisor } from '../supervisor';
import { openControl, randomPassword, type Control } from './control';
import { makeMachine } from './machine';

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

const sessionOf = (control: Control): Session => ({
  config: control.config,
  auth: control.services.auth,
  setup: control.services.setup,
  settings: control.services.settings,
  wilayah: control.services.wilayah,
  releases: control.services.releases,
  rollouts: control.services.rollouts,
  rolloutModel: new RolloutModel(control.transact),
  desa: new DesaService({ transact: control.transact, box: control.box }),
  desaModel: new DesaModel({ transact: control.transact, apps: control.apps, httpsPort: control.config.httpsPort }),
  servers: new ServerService({ transactor: control.transact, access: sshMachines }),
  events: (stream, after) => control.transact.read.events.after(stream, after, 1000),
});

const makeCli =
  (environment: Environment) =>
  (out: Output): Cli => ({
    machine: makeMachine(environment),
    installation: () => openInstallation(environment),
    out,
    actor: TERMINAL,
    async open(work) {
      const control = await openControl(openInstallation(environment), createLogger('cli', 'stderr'), {
        pool: 3,
        randomPassword,
      });
      try {
        await control.db.raw('SELECT 1').catch((error: unknown) => {
          throw new AppError('database_down', {}, { cause: error });
        });
        return await work(sessionOf(control));
      } finally {
        await control.close();
      }
    },
  });

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
