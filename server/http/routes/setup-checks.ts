import { connect } from 'node:net';
import { machineFacts } from '../../services/read-models/machine-facts';
import { speak } from '../visit-words';
import type { SetupModel } from '../view-models/entry';
import type { Visit } from '../web';

type Check = SetupModel['checks'][number];
const WORKER_SILENT_MS = 12_000;
const KNOCK_MS = 1500;
const LEAST_DISK = 10_000_000_000;
const LEAST_MEMORY = 1_000_000_000;

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: KNOCK_MS });
    const end = (fine: boolean) => () => {
      socket.destroy();
      resolve(fine);
    };
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false));
  });

/** What the dashboard can see of its own machine; each line that is not fine says its remedy. */
export const setupChecks = async (visit: Visit): Promise<readonly Check[]> => {
  const { deps } = visit;
  const w = visit.t.web.checks;
  const [{ words }, seen, proxy, machine] = await Promise.all([
    speak(visit),
    deps.transact.read.workers.latest(),
    answers(deps.httpsPort),
    machineFacts(deps.uploads),
  ]);
  const worker = seen !== null && Date.now() - seen.getTime() < WORKER_SILENT_MS;
  const free = machine.memory.total - machine.memory.used;
  const room = machine.disk === null ? null : machine.disk.total - machine.disk.used;
  const { f } = words;
  const check = (label: string, fine: boolean, bad: Check['state'], note: string, remedy: string): Check => ({
    label,
    state: fine ? 'ok' : bad,
    note,
    remedy: fine ? null : remedy,
  });
  return [
    check(w.database, true, 'bad', w.databaseNote, ''),
    check(w.worker, worker, 'bad', worker ? w.workerNote : w.workerAway, w.workerRemedy),
    check(w.proxy, proxy, 'bad', proxy ? w.proxyNote(String(deps.httpsPort)) : w.proxyAway, w.workerRemedy),
    check(w.memory, free >= LEAST_MEMORY, 'warn', w.free(f.bytes(free)), w.memoryRemedy),
    check(w.disk, room === null || room >= LEAST_DISK, 'warn', w.free(f.bytes(room)), w.diskRemedy),
  ];
};
