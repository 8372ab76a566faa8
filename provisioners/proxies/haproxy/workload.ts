import { dirname } from 'node:path';
import { type Attachment, LABEL, type WorkloadSpec } from '../../contracts';
import { FILE, SOCKET } from './options';

/** Where the container sees the host folders, and the ports it listens on. */
export const INSIDE = {
  folder: '/etc/siappakai/proxy',
  runFolder: '/run/siappakai',
  database: '/run/siappakai-db',
  http: 8080,
  https: 8443,
  outside: 443,
} as const;

export interface ProxyWorkloadOptions {
  readonly name: string;
  readonly image: string;
  readonly installation: string;
  /** Host folders, as in HaproxyOptions. */
  readonly folder: string;
  readonly runFolder: string;
  /** Host folder of the shared database's socket, when that is on this machine. */
  readonly databaseFolder?: string;
  /** Host address and ports that visitors reach. */
  readonly publish: { readonly host: string; readonly http: number; readonly https: number };
  readonly networks: readonly Attachment[];
}

/**
 * How the proxy's container runs: root without any capability on a read-only root file system. Root owns the keys and
 * the sockets, so that nobody else on the machine reads the former or commands the latter.
 */
export const proxyWorkload = (options: ProxyWorkloadOptions): WorkloadSpec => ({
  name: options.name,
  image: options.image,
  labels: { [LABEL.installation]: options.installation, [LABEL.role]: 'proxy' },
  command: [
    'haproxy',
    '-W',
    '-db',
    '-S',
    `${INSIDE.runFolder}/${SOCKET.master},mode,600`,
    '-f',
    `${INSIDE.folder}/${FILE.config}`,
  ],
  env: {},
  user: '0:0',
  workingDir: dirname(INSIDE.folder),
  mounts: [
    { type: 'bind', source: options.folder, target: INSIDE.folder, readOnly: true },
    { type: 'bind', source: options.runFolder, target: INSIDE.runFolder, readOnly: false },
    ...(options.databaseFolder === undefined
      ? []
      : [{ type: 'bind' as const, source: options.databaseFolder, target: INSIDE.database, readOnly: true }]),
  ],
  networks: options.networks,
  readOnlyRoot: true,
  capabilities: [],
  limits: { memoryBytes: 768 * 1024 * 1024, memoryReservationBytes: 128 * 1024 * 1024, pids: 256, cpuShares: 4096 },
  restart: 'always',
  ports: [
    { host: options.publish.host, hostPort: options.publish.http, containerPort: INSIDE.http },
    { host: options.publish.host, hostPort: options.publish.https, containerPort: INSIDE.https },
  ],
  stopTimeoutSeconds: 10,
});
