import type { MachineFacts } from '../../provisioners/contracts';
import { inspectHere } from '../../provisioners/servers/local';
import type { Config } from '../config';
import type { Logger } from '../logger';
import { engineInfo } from '../parts/engine-api';
import { LocalMachine } from '../services/local-machine';
import { LOCAL_SERVER, type Control } from './control';

const LOOK_MS = 3000;

/** The engine answers for itself: the machine may have no client of it. */
const inspect = async (config: Config): Promise<MachineFacts> => {
  const [facts, info] = await Promise.all([inspectHere(), engineInfo(config.dockerHost)]);
  if (info === null) return facts;
  return {
    ...facts,
    engine: 'running',
    engineVersion: info.ServerVersion,
    storageDriver: info.Driver,
    liveRestore: info.LiveRestoreEnabled,
  };
};

/** Keeps what is known of the machine of this installation fresh until the signal. */
export const watchMachine = (control: Control, logger: Logger, shutdown: AbortSignal): void => {
  const machine = new LocalMachine(control.transact, LOCAL_SERVER, () => inspect(control.config));
  const timer = setInterval(() => {
    machine.sweep().catch((error: unknown) => logger.warn({ err: error }, 'this machine could not be looked at'));
  }, LOOK_MS);
  shutdown.addEventListener('abort', () => clearInterval(timer), { once: true });
};
