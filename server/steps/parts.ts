import {
  LABEL,
  type FileSpec,
  type Labels,
  type Limits,
  type Mount,
  type WorkloadSpec,
} from '../../provisioners/contracts';
import { addressIn, configVolume, digitsOf, PROXY_HOST_NUMBER, volumeName } from '../domain/names';
import { subnetOf } from './context';
import type { Subject } from './subject';
import type { World } from './world';

/** Workload, mounts and labels of one instance; the same for serving containers and one-shots. */
export const labelsOf = (subject: Subject, role: string, more: Labels = {}): Labels => ({
  [LABEL.role]: role,
  [LABEL.instance]: subject.instance.id,
  [LABEL.app]: subject.app.name,
  [LABEL.kode]: digitsOf(subject.desa.kode),
  ...more,
});

export const appVolume = (world: World, subject: Subject, key: string): string =>
  volumeName({ installation: world.installation.name }, subject.app.name, subject.desa.kode, key);

export const ownMounts = (world: World, subject: Subject): readonly Mount[] =>
  subject.app.volumes.map((volume) => ({
    type: 'volume',
    source: appVolume(world, subject, volume.key),
    target: volume.target,
    readOnly: false,
  }));

/** Sub-folders of volumes of other apps of the same desa, bound by their path on the engine's host. */
const sharedMounts = async (world: World, subject: Subject): Promise<readonly Mount[]> =>
  Promise.all(
    subject.app.sharedMounts.map(async (shared): Promise<Mount> => {
      const name = volumeName({ installation: world.installation.name }, shared.app, subject.desa.kode, shared.volume);
      const { mountpoint } = await world.session.ensureVolume({
        name,
        labels: { [LABEL.role]: 'volume', [LABEL.app]: shared.app, [LABEL.kode]: digitsOf(subject.desa.kode) },
      });
      return {
        type: 'bind',
        source: shared.folder === '' ? mountpoint : `${mountpoint}/${shared.folder}`,
        target: shared.target,
        readOnly: shared.readOnly,
      };
    }),
  );

export const configMounts = (volume: string, targets: readonly string[]): readonly Mount[] =>
  ['/konfig', ...targets].map((target) => ({ type: 'volume', source: volume, target, readOnly: true }));

const WEB_ID = 33;
export const tmpfsMounts = (subject: Subject): readonly Mount[] =>
  subject.app.tmpfs.map((one) => ({
    type: 'tmpfs',
    target: one.target,
    sizeBytes: one.sizeBytes,
    mode: 0o755,
    uid: WEB_ID,
  }));

/** Makes a config volume and fills it; what is in it is replaced. */
export const fillConfig = async (
  world: World,
  volume: string,
  labels: Labels,
  files: readonly FileSpec[],
): Promise<void> => {
  await world.session.fillVolume({ name: volume, labels }, files);
};

const limitsOf = (subject: Subject, memoryMiB: number | undefined): Limits =>
  memoryMiB === undefined
    ? subject.app.limits
    : {
        ...subject.app.limits,
        memoryBytes: memoryMiB * 1024 ** 2,
        memoryReservationBytes: Math.min(subject.app.limits.memoryReservationBytes, memoryMiB * 1024 ** 2),
      };

/** What villages may call stands at the proxy's address in their network; nothing else outside has an address for them. */
const outsideOf = async (
  world: World,
  { role, network }: WorkloadRequest,
  names: readonly string[],
): Promise<Pick<WorkloadSpec, 'outsideHosts'>> => {
  if (role !== 'village' || names.length === 0) return {};
  const proxy = addressIn(await subnetOf(world, network), PROXY_HOST_NUMBER);
  return { outsideHosts: Object.fromEntries(names.map((name) => [name, proxy])) };
};

export interface WorkloadRequest {
  readonly name: string;
  readonly image: string;
  readonly role: 'village' | 'oneshot';
  readonly network: string;
  readonly address?: string;
  readonly labels: Labels;
  readonly command?: readonly string[];
}
/** Hardened by default: read-only root, uid 33, no capability at all, limits, no way to resolve outside names. */
export const workloadOf = async (world: World, subject: Subject, request: WorkloadRequest): Promise<WorkloadSpec> => {
  const settings = await world.settings();
  const mounts = [
    ...ownMounts(world, subject),
    ...(await sharedMounts(world, subject)),
    ...configMounts(configVolume(request.name), subject.app.configTargets),
    ...tmpfsMounts(subject),
  ];
  return {
    name: request.name,
    image: request.image,
    labels: labelsOf(subject, request.role, request.labels),
    ...(request.command === undefined ? {} : { command: request.command }),
    env: {},
    user: '33:33',
    mounts,
    networks: [{ network: request.network, ...(request.address === undefined ? {} : { address: request.address }) }],
    readOnlyRoot: true,
    capabilities: [],
    limits: limitsOf(subject, settings.memoryLimitsMiB[subject.app.name]),
    restart: request.role === 'village' ? 'always' : 'no',
    stopTimeoutSeconds: 10,
    outsideNames: false,
    ...(await outsideOf(world, request, settings.egress)),
  };
};
