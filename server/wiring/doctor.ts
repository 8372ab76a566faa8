import { statfs } from 'node:fs/promises';
import { VILLAGE_POOLS } from '../../provisioners/lib/walls';
import { freeSubnets } from '../../provisioners/targets/docker/subnets';
import type { Finding, PartDocument } from '../cli/context';
import type { Config } from '../config';
import { judgeLimits, NETWORK_CONTAINERS, SUBNETS_LEFT } from '../domain/host-limits';
import { proxyContainer } from '../domain/names';
import { containersOn, engineInfo, engineLacks, engineNetworks, hasBoundedLog, isOf } from '../parts/engine-api';
import { readHostLimits } from '../parts/host-limits';
import { wallState } from '../parts/walls';
import { openTarget } from './engine';

const GIB = 1024 ** 3;
const DISK_GIB = 10;

type Info = Awaited<ReturnType<typeof engineInfo>>;

const engineFindings = async (config: Config, info: Info): Promise<readonly Finding[]> => {
  const lacks = info === null ? [] : engineLacks(info);
  // The engine's own setting counts for nobody of ours: each container is made with a limit.
  const bounded = await hasBoundedLog(config.dockerHost, proxyContainer({ installation: config.name }));
  return [
    { code: 'engine', ok: info !== null, params: { address: config.dockerHost } },
    ...(['no_live_restore', 'unbounded_logs', 'slow_storage'] as const).map((code) => ({
      code,
      ok: !lacks.includes(code) || (code === 'unbounded_logs' && bounded),
      params: {},
    })),
  ];
};

/** The kernel's tables are those of the engine's machine: an engine elsewhere has its own. */
const limitFindings = async (config: Config, info: Info): Promise<readonly Finding[]> => {
  if (info === null || !config.dockerHost.startsWith('unix:')) return [];
  const verdicts = judgeLimits(await readHostLimits(), info.ContainersRunning);
  return verdicts.map(({ code, ok, found, need }) => ({ code: `host_${code}`, ok, params: { found, need } }));
};

const networkFindings = async (config: Config): Promise<readonly Finding[]> => {
  const networks = await engineNetworks(config.dockerHost);
  const taken = networks.flatMap((one) => (one.IPAM.Config ?? []).flatMap(({ Subnet }) => Subnet ?? []));
  const left = [...freeSubnets(VILLAGE_POOLS, 22, taken)].length;
  const full: Finding[] = [];
  for (const { Name } of networks.filter(isOf(config.id))) {
    const containers = await containersOn(config.dockerHost, Name);
    if (containers > NETWORK_CONTAINERS)
      full.push({ code: 'network_full', ok: false, params: { name: Name, containers } });
  }
  return [
    { code: 'subnets', ok: left >= SUBNETS_LEFT, params: { left } },
    ...(full.length === 0 ? [{ code: 'network_full', ok: true, params: {} }] : full),
  ];
};

/** Without an engine nothing is known of the walls, and the finding about the engine says so. */
const wallFindings = async (config: Config): Promise<readonly Finding[]> => {
  const session = await openTarget(config).catch(() => null);
  if (session === null) return [];
  const state = await wallState(config, session).finally(() => session.close());
  return [
    { code: 'walls', ok: state !== 'missing', params: {} },
    { code: 'neighbours_unfiltered', ok: state !== 'unfiltered', params: {} },
  ];
};

const diskFinding = async (config: Config): Promise<Finding> => {
  const disk = await statfs(config.home);
  const freeGiB = Math.floor((disk.bavail * disk.bsize) / GIB);
  return { code: 'disk', ok: freeGiB >= DISK_GIB, params: { freeGiB, home: config.home } };
};

/** What this machine lacks to carry the installation; every finding has its sentence and its remedy in the texts. */
export const doctor = async (
  config: Config,
  parts: () => Promise<readonly PartDocument[]>,
): Promise<readonly Finding[]> => {
  const info = await engineInfo(config.dockerHost);
  return [
    ...(await engineFindings(config, info)),
    ...(await limitFindings(config, info)),
    ...(info === null ? [] : await networkFindings(config)),
    ...(await wallFindings(config)),
    await diskFinding(config),
    ...(await parts()).map((part) => ({
      code: 'part',
      ok: part.state === 'running',
      params: { name: part.name, state: part.state },
    })),
  ];
};
