import path from 'node:path';
import { z } from 'zod';
import { ownRights, readIfThere, replaceFile } from '../atomic-file';
import type { Config } from '../config';
import { isAlive, type ProcessIdentity } from './process-identity';

const stateSchema = z.object({
  pid: z.int(),
  startTime: z.number(),
  bootId: z.string(),
  since: z.string(),
  build: z.string(),
});
/** A started process: who it is, since when (ISO 8601 UTC), made from which build. */
export type PartState = z.infer<typeof stateSchema>;

const fileOf = (config: Config, name: string): string => path.join(config.paths.run, `${name}.json`);

/** What was written last, alive or not; null when never started or unreadable. */
export const readState = (config: Config, name: string): PartState | null => {
  const text = readIfThere(fileOf(config, name));
  if (text === null) return null;
  try {
    return stateSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
};

export const livingState = (config: Config, name: string): PartState | null => {
  const state = readState(config, name);
  return state !== null && isAlive(state) ? state : null;
};

export const writeState = (config: Config, name: string, identity: ProcessIdentity, build: string): PartState => {
  const state: PartState = { ...identity, since: new Date().toISOString(), build };
  replaceFile(fileOf(config, name), `${JSON.stringify(state)}\n`, ownRights(0o644));
  return state;
};
