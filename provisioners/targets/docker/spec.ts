import type Docker from 'dockerode';
import { LABEL, ProvisionError, type Mount, type WorkloadSpec } from '../../contracts';
import { digestOf } from '../../lib/canonical';
import { endpointOf } from './networks';

type TmpfsMount = Extract<Mount, { type: 'tmpfs' }>;

/** sha256 of what was asked for; kept as a label to tell "same" from "different". */
export const specHash = (spec: WorkloadSpec): string => digestOf(spec);

/** Volumes and bind mounts. Volumes start empty: nothing of the image is copied into them. */
export const mountsOf = (mounts: readonly Mount[]): Docker.MountSettings[] =>
  mounts.flatMap((mount): Docker.MountSettings[] => {
    if (mount.type === 'tmpfs') return [];
    const common = { Source: mount.source, Target: mount.target, ReadOnly: mount.readOnly };
    if (mount.type === 'bind') return [{ ...common, Type: 'bind' }];
    return [
      {
        ...common,
        Type: 'volume',
        VolumeOptions: { NoCopy: true, Labels: {}, DriverConfig: { Name: 'local', Options: {} } },
      },
    ];
  });

const tmpfsOptions = (mount: TmpfsMount): string =>
  `rw,nosuid,nodev,noexec,size=${mount.sizeBytes},mode=${mount.mode.toString(8).padStart(4, '0')},uid=${mount.uid},gid=${mount.uid}`;

const tmpfsOf = (mounts: readonly Mount[]): Record<string, string> =>
  Object.fromEntries(mounts.flatMap((mount) => (mount.type === 'tmpfs' ? [[mount.target, tmpfsOptions(mount)]] : [])));

const limitsOf = (spec: WorkloadSpec): Docker.HostConfig => {
  if (spec.limits === undefined) return {};
  const { memoryBytes, memoryReservationBytes, pids, cpuShares } = spec.limits;
  return {
    Memory: memoryBytes,
    MemorySwap: memoryBytes,
    MemoryReservation: memoryReservationBytes,
    PidsLimit: pids,
    ...(cpuShares === undefined ? {} : { CpuShares: cpuShares }),
  };
};

const networkMode = (spec: WorkloadSpec): string => {
  if (spec.hostNetwork === true) return 'host';
  return spec.networks[0]?.network ?? 'none';
};

const portsOf = (
  spec: WorkloadSpec,
): Pick<Docker.ContainerCreateOptions, 'ExposedPorts'> & { bindings: Docker.PortMap } => {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const port of spec.ports ?? []) {
    const list = (bindings[`${port.containerPort}/tcp`] ??= []);
    list.push({ HostIp: port.host, HostPort: String(port.hostPort) });
  }
  return { ExposedPorts: Object.fromEntries(Object.keys(bindings).map((key) => [key, {}])), bindings };
};

const hostConfig = (spec: WorkloadSpec, bindings: Docker.PortMap): Docker.HostConfig => ({
  ...limitsOf(spec),
  NetworkMode: networkMode(spec),
  Mounts: mountsOf(spec.mounts),
  Tmpfs: tmpfsOf(spec.mounts),
  PortBindings: bindings,
  ReadonlyRootfs: spec.readOnlyRoot,
  CapDrop: ['ALL'],
  CapAdd: [...spec.capabilities],
  SecurityOpt: ['no-new-privileges'],
  Privileged: false,
  Init: false,
  RestartPolicy: { Name: spec.restart },
  LogConfig: { Type: 'json-file', Config: { 'max-size': '5m', 'max-file': '2' } },
  ...(spec.sysctls === undefined ? {} : { Sysctls: { ...spec.sysctls } }),
  // The engine's resolver answers nothing at all for a name it cannot forward; this keeps the wait at its shortest.
  ...(spec.outsideHosts === undefined
    ? {}
    : { ExtraHosts: Object.entries(spec.outsideHosts).map(([name, address]) => `${name}:${address}`) }),
  ...(spec.outsideNames === false ? { Dns: ['127.0.0.1'], DnsOptions: ['attempts:1', 'timeout:1'] } : {}),
});

// Our runtime image looks up names in /etc/hosts alone when it is told so: any other name then fails at once.
const environmentOf = (spec: WorkloadSpec): string[] => {
  const names = spec.outsideNames === false ? { SIAPPAKAI_NAMES: 'hosts' } : {};
  return Object.entries({ ...names, ...spec.env }).map(([key, value]) => `${key}=${value}`);
};

/** What the engine is asked to create; the first network only, the others are attached afterwards. */
export const createOptions = (spec: WorkloadSpec, labels: Record<string, string>): Docker.ContainerCreateOptions => {
  if (spec.hostNetwork === true && spec.networks.length > 0)
    throw new ProvisionError('invalid', 'hostNetwork excludes networks', { name: spec.name });
  const { ExposedPorts, bindings } = portsOf(spec);
  const [first] = spec.networks;
  return {
    name: spec.name,
    Image: spec.image,
    Labels: { ...labels, [LABEL.spec]: specHash(spec) },
    Env: environmentOf(spec),
    HostConfig: hostConfig(spec, bindings),
    ...(ExposedPorts === undefined ? {} : { ExposedPorts }),
    ...(spec.command === undefined ? {} : { Cmd: [...spec.command] }),
    ...(spec.user === undefined ? {} : { User: spec.user }),
    ...(spec.workingDir === undefined ? {} : { WorkingDir: spec.workingDir }),
    ...(spec.stopTimeoutSeconds === undefined ? {} : { StopTimeout: spec.stopTimeoutSeconds }),
    ...(first === undefined ? {} : { NetworkingConfig: { EndpointsConfig: { [first.network]: endpointOf(first) } } }),
  };
};
