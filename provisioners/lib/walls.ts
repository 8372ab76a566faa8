import { LABEL, type WorkloadSpec } from '../contracts';
import { sha256 } from './canonical';

/** Where subnets of ours are taken from. */
export const VILLAGE_POOLS = ['10.200.0.0/14', '10.224.0.0/12'] as const;
const MIB = 1024 ** 2;

/** How the names of all walled bridges of an installation begin, so that a rule meets a new one from its first packet on. */
export const bridgePrefix = (installation: string): string => `sp${sha256(installation).slice(0, 6)}`;
/** Name of a walled network's bridge on the host; a kernel takes 15 characters. */
export const bridgeName = (installation: string, network: string): string =>
  `${bridgePrefix(installation)}${sha256(network).slice(0, 7)}`;

/** Program in the container: without arguments it keeps the walls, `check` judges them, `remove` takes them away. */
export const WALL_COMMAND = '/usr/local/bin/siappakai-wall';
/** Exit code of `check` that is no lack of rules. */
export const WALL_FAULT = { bridgesUnfiltered: 3 } as const;

export interface WallOptions {
  readonly name: string;
  readonly image: string;
  /** As the session's, see TargetSession. */
  readonly installation: string;
  /** Bridges of village networks that were made before walls had a name for them. */
  readonly oldBridges: readonly string[];
  /** Ports of the machine that the engine leads to the proxy: a visitor who comes while it does not is not refused. */
  readonly ports: readonly number[];
}

/**
 * The walls as a container the engine brings back by itself: it sees the host's network and may change its packet filter, nothing else.
 * Made through the engine alone, so it is the same on an engine far away.
 */
export const wallWorkload = (options: WallOptions): WorkloadSpec => ({
  name: options.name,
  image: options.image,
  labels: { [LABEL.role]: 'wall' },
  env: {
    SIAPPAKAI_TABLE: `siappakai_${bridgePrefix(options.installation)}`,
    SIAPPAKAI_BRIDGES: bridgePrefix(options.installation),
    ...(options.ports.length === 0 ? {} : { SIAPPAKAI_PORTS: options.ports.join(' ') }),
    ...(options.oldBridges.length === 0 ? {} : { SIAPPAKAI_OLD_BRIDGES: options.oldBridges.toSorted().join(' ') }),
  },
  user: '0:0',
  mounts: [{ type: 'tmpfs', target: '/run', sizeBytes: MIB, mode: 0o755, uid: 0 }],
  networks: [],
  hostNetwork: true,
  readOnlyRoot: true,
  capabilities: ['NET_ADMIN'],
  limits: { memoryBytes: 64 * MIB, memoryReservationBytes: 8 * MIB, pids: 64 },
  restart: 'always',
  stopTimeoutSeconds: 5,
});
