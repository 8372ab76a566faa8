import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { errnoOf } from '../domain/errors';
import type { Logger } from '../logger';
import { ChoreRunner, type ChoreTools } from '../services/chore-runner';
import type { World } from '../steps/world';
import type { Control } from './control';

interface ChoreGround {
  readonly control: Control;
  readonly world: World;
  readonly logger: Logger;
  readonly shutdown: AbortSignal;
}
const measure: ChoreTools['measure'] = async (file, signal) => {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(file, { signal })) {
      const part = chunk as Buffer;
      hash.update(part);
      bytes += part.length;
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
  return { bytes, sha256: hash.digest('hex') };
};

const SWEEP_MS = 3000;
type Exclusively = Parameters<ChoreRunner['sweep']>[0];

/** Dumps on request and checks of files, on the machine of the worker, until the signal. */
export const doChores = ({ control, world, logger, shutdown }: ChoreGround, exclusively: Exclusively): void => {
  const tools: ChoreTools = {
    dumpsFolder: world.folders.dumps,
    dump: (schema, file, signal) => world.databaseServer.dump(schema, file, signal),
    measure,
    removeFile: (file) => rm(file, { force: true }),
  };
  const runner = new ChoreRunner(control.transact, tools, shutdown);
  const timer = setInterval(() => {
    runner.sweep(exclusively).catch((error: unknown) => logger.error({ err: error }, 'chores'));
  }, SWEEP_MS);
  shutdown.addEventListener('abort', () => clearInterval(timer), { once: true });
};
