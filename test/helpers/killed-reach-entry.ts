/** In the worker of a real installation: stops where a file beside this one says, until another file says go. */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Reach, Spot } from '../kills/hooks';

const file = (name: string): string => path.join(__dirname, name);
const wanted = (): Spot | null => {
  try {
    return JSON.parse(readFileSync(file('stop.json'), 'utf8')) as Spot;
  } catch {
    return null;
  }
};
const claimed = (): boolean => {
  try {
    renameSync(file('stop.json'), file('claimed.json'));
    writeFileSync(file('standing.tmp'), String(process.pid));
    renameSync(file('standing.tmp'), file('stood'));
    return true;
  } catch {
    return false;
  }
};
export const reach: Reach = async ({ work, step, moment, act }) => {
  const stop = wanted();
  if (stop === null || stop.work !== work || stop.step !== step || stop.moment !== moment) return;
  if ((stop.act !== 0 && stop.act !== act) || !claimed()) return;
  while (!existsSync(file('go'))) await sleep(20);
  rmSync(file('go'), { force: true });
};
