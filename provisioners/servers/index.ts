import type { MachineAccess } from '../contracts';
import { inspectMachine } from './inspect';
import { connectSsh, readHostKeys } from './ssh';

/** Machines over SSH. */
export const sshMachines: MachineAccess = { readHostKeys, connect: connectSsh, inspect: inspectMachine };
