import type { MachineFacts, SshSession } from '../contracts';
import { run } from '../lib/run';
import { inspectMachine } from './inspect';

const COMMAND_MS = 20_000;
const NOT_THERE = 127;

/** Commands of the machine we run on, in the shape of a session over SSH. */
const localSession: SshSession = {
  async run({ argv, stdin, timeoutMs }) {
    const options = { timeoutMs: timeoutMs ?? COMMAND_MS, ...(stdin === undefined ? {} : { stdin }) };
    // A command that is not installed is a fact about the machine, as it is over SSH.
    return run(argv, options).catch(() => ({ exitCode: NOT_THERE, stdout: '', stderr: '' }));
  },
  close: () => undefined,
};

/** What the machine we run on says about itself; changes nothing on it. Its engine is asked by the caller. */
export const inspectHere = (): Promise<MachineFacts> => inspectMachine(localSession, { kind: 'key', privateKey: '' });
