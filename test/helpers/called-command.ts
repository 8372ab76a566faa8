import type { Command } from 'commander';
import { buildProgram } from '../../server/cli/program';

const makeCli = (): never => {
  throw new Error('nothing may run');
};
/** All commands; none of them can run. */
export const PROGRAM = buildProgram({ locale: 'id', version: '0', makeCli }, () => undefined);

export interface Called {
  readonly command: Command;
  /** `desa list`; '' = the program itself. */
  readonly name: string;
  readonly rest: readonly string[];
}
/** Which command words call, and what is left for it. */
export const calledBy = (words: readonly string[]): Called => {
  let [command, rest] = [PROGRAM, words];
  const names: string[] = [];
  for (let next = command.commands.find((one) => one.name() === rest[0]); next !== undefined;) {
    names.push(next.name());
    [command, rest] = [next, rest.slice(1)];
    next = command.commands.find((one) => one.name() === rest[0]);
  }
  return { command, name: names.join(' '), rest };
};
