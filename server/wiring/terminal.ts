import { sshMachines } from '../../provisioners/servers';
import { TERMINAL, type Cli, type Machine, type Output, type Session } from '../cli/context';
import type { Environment } from '../config';
import { AppError } from '../domain/errors';
import { openInstallation } from '../installation';
import { createLogger } from '../logger';
import { openControl, randomPassword, type Control } from './control';
import { makeMachine } from './machine';
import { operationDeps } from './operations';

/** Last lines straight from the engine: a terminal stands beside it. */
const engineLog =
  (control: Control, machine: Machine): Session['containerLog'] =>
  async (kode, app) => {
    const container = (await control.transact.read.instances.findByApp(kode, app))?.container ?? null;
    const lines: string[] = [];
    if (container !== null)
      await machine.containerLog(container, 'once', (line) => lines.push(line), new AbortController().signal);
    return lines.map((text) => ({ at: null, level: null, text }));
  };

const sessionOf = (control: Control, machine: Machine): Session => ({
  ...operationDeps(control, { containerLog: engineLog(control, machine), access: sshMachines }),
  config: control.config,
  setup: control.services.setup,
  events: (stream, after) => control.transact.read.events.after(stream, after, 1000),
});

/** What commands act with; services are opened when one needs them. */
export const makeCli =
  (environment: Environment) =>
  (out: Output): Cli => {
    const machine = makeMachine(environment);
    return {
      machine,
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
          return await work(sessionOf(control, machine));
        } finally {
          await control.close();
        }
      },
    };
  };
