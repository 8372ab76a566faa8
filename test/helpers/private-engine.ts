import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { EnginePlace } from '../../server/parts/engine';
import { identify, type ProcessIdentity } from '../../server/parts/process-identity';

/** An engine of its own beside the machine's: every path private, no firewall rules. `data` = where its images lie. */
export const enginePlace = (folder: string, data: string = path.join(folder, 'data')): EnginePlace => ({
  socket: path.join(folder, 'engine.sock'),
  pidFile: path.join(folder, 'engine.pid'),
  containerdPidFile: path.join(folder, 'exec', 'containerd', 'containerd.pid'),
  ownerConfig: path.join(folder, 'owner.json'),
  stateFolder: path.join(folder, 'state'),
  log: path.join(folder, 'engine.log'),
  flags: [
    ...['--data-root', data, '--exec-root', path.join(folder, 'exec')],
    ...['--bridge', 'none', '--iptables=false', '--ip-masq=false', '--ip-forward=false'],
  ],
  unit: null,
});
/** Its process; null when it has ended. */
export const engineProcess = (place: EnginePlace): ProcessIdentity | null =>
  identify(Number(readFileSync(place.pidFile, 'utf8')));

/** Takes away what a killed engine leaves mounted under a folder, so that the folder can be removed. */
export const unmountUnder = async (folder: string): Promise<void> => {
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '');
  for (const mount of mounts.filter((one) => one.startsWith(folder)).reverse())
    await promisify(execFile)('umount', ['-l', mount]);
};
