import { copyFileSync, openSync, renameSync, statSync, truncateSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '../config';

const LIMIT_BYTES = 10 * 1024 * 1024;
const KEPT = 4;

export const logFile = (config: Config, part: string): string => path.join(config.paths.logs, `${part}.log`);

/** A descriptor that appends, whatever else writes or shortens the file. */
export const openLog = (file: string): number => openSync(file, 'a', 0o640);

/**
 * Keeps one log at most `limitBytes` long with `KEPT` older ones beside it (`.1` the newest). The file is copied and
 * emptied, not moved: its writer goes on with the descriptor it has.
 */
export const rotateLog = (file: string, limitBytes: number = LIMIT_BYTES): 'kept' | 'rotated' => {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size <= limitBytes) return 'kept';
  for (let age = KEPT - 1; age >= 1; age -= 1) {
    const older = `${file}.${age}`;
    if (statSync(older, { throwIfNoEntry: false }) !== undefined) renameSync(older, `${file}.${age + 1}`);
  }
  copyFileSync(file, `${file}.1`);
  truncateSync(file, 0);
  return 'rotated';
};
