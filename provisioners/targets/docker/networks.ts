import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import { LABEL, ProvisionError, type Attachment, type NetworkFacts, type NetworkSpec } from '../../contracts';
import { withFileLock } from '../../lib/lock';
import { bridgeName, VILLAGE_POOLS } from '../../lib/walls';
import { call, lookUp, mustBeOurs, owned, statusOf, type Engine } from './engine';
import { freeSubnets, routedSubnets } from './subnets';

const DEFAULT_PREFIX = 22;
const ATTEMPTS = 64;
const LOCKS = '/run/siappakai';
const LOCK_PATIENCE_MS = 120_000;

const subnetOf = (network: Docker.NetworkInspectInfo): { subnet: string; gateway: string | null } | null => {
  const config = (network.IPAM?.Config ?? []).find((one) => one['Subnet'] !== undefined);
  const subnet = config?.['Subnet'];
  return subnet === undefined ? null : { subnet, gateway: config?.['Gateway'] ?? null };
};

const factsOf = (network: Docker.NetworkInspectInfo): NetworkFacts => {
  const where = subnetOf(network);
  if (where === null)
    throw new ProvisionError('conflict', `The network ${network.Name} has no subnet`, {
      kind: 'network',
      name: network.Name,
    });
  return { name: network.Name, ...where };
};

/** Networks with exactly this name; the engine's filter matches parts of names, and names are not unique. */
const named = async (engine: Engine, name: string): Promise<Docker.NetworkInspectInfo[]> => {
  const found = await call(engine, 'list networks', () => engine.docker.listNetworks({ filters: { name: [name] } }));
  return found
    .filter((network) => network.Name === name)
    .sort((a, b) => (`${a.Created} ${a.Id}` < `${b.Created} ${b.Id}` ? -1 : 1));
};

const existing = async (engine: Engine, name: string): Promise<Docker.NetworkInspectInfo | null> => {
  const [first] = await named(engine, name);
  if (first === undefined) return null;
  mustBeOurs(engine, 'network', name, first.Labels);
  return first;
};

const taken = async (engine: Engine): Promise<string[]> => {
  const networks = await call(engine, 'list networks', () => engine.docker.listNetworks());
  const theirs = networks.flatMap((network) =>
    (network.IPAM?.Config ?? []).flatMap((config) => config['Subnet'] ?? []),
  );
  const interfaces = Object.values(networkInterfaces()).flatMap((addresses) =>
    (addresses ?? []).flatMap((address) => address.cidr ?? []),
  );
  // A bridge that an engine left when it was killed has no plug: it is no interface to Node, and swallows what is sent to its subnet.
  const routes = await readFile('/proc/net/route', 'utf8').catch(() => '');
  return [...theirs, ...interfaces, ...routedSubnets(routes)];
};

const matches = (spec: NetworkSpec, network: Docker.NetworkInspectInfo): boolean => {
  const prefix = subnetOf(network)?.subnet.split('/')[1];
  const sameSize = spec.prefixLength === undefined || prefix === String(spec.prefixLength);
  return network.Internal === spec.internal && sameSize && network.Labels?.[LABEL.role] === spec.labels[LABEL.role];
};

const optionsOf = (engine: Engine, spec: NetworkSpec): Readonly<Record<string, string>> => ({
  ...(spec.walled === true ? { 'com.docker.network.bridge.name': bridgeName(engine.installation, spec.name) } : {}),
  ...(spec.apart === true ? { 'com.docker.network.bridge.enable_icc': 'false' } : {}),
});

const createOn = async (engine: Engine, spec: NetworkSpec, subnet: string): Promise<boolean> => {
  const request = {
    Name: spec.name,
    CheckDuplicate: true,
    Driver: 'bridge',
    Internal: spec.internal,
    IPAM: { Driver: 'default', Config: [{ Subnet: subnet }] },
    Options: optionsOf(engine, spec),
    Labels: owned(engine, spec.labels),
  };
  try {
    await engine.docker.createNetwork(request);
    return true;
  } catch (error) {
    // 403: the subnet overlaps one that appeared meanwhile, or the bridge does. 409: somebody else created this name.
    if (statusOf(error) === 403) return false;
    if (statusOf(error) === 409) return true;
    throw error;
  }
};

const create = async (engine: Engine, spec: NetworkSpec): Promise<void> => {
  const prefix = spec.prefixLength ?? DEFAULT_PREFIX;
  let attempts = 0;
  for (const subnet of freeSubnets(VILLAGE_POOLS, prefix, await taken(engine))) {
    if (await call(engine, 'create network', () => createOn(engine, spec, subnet))) return;
    if ((await existing(engine, spec.name)) !== null) return;
    if (++attempts >= ATTEMPTS) break;
  }
  throw new ProvisionError('failed', 'No free subnet left for a network', {
    kind: 'network',
    name: spec.name,
    reason: 'no_subnet',
  });
};

// Creators on another machine may both succeed, for names are not unique: the oldest stays, everybody removes the others.
const settle = async (engine: Engine, name: string): Promise<void> => {
  const [, ...younger] = await named(engine, name);
  for (const twin of younger) {
    if (twin.Labels?.[LABEL.installation] !== engine.installation) continue;
    await lookUp(engine, 'remove network', () => engine.docker.getNetwork(twin.Id).remove() as Promise<unknown>);
  }
};

// One creator of a name at a time: while two of them exist the engine refuses every container that names it.
const createOnce = (engine: Engine, spec: NetworkSpec): Promise<Docker.NetworkInspectInfo | null> =>
  withFileLock(path.join(LOCKS, `network-${spec.name}.lock`), AbortSignal.timeout(LOCK_PATIENCE_MS), async () => {
    const there = await existing(engine, spec.name);
    if (there !== null) return there;
    await create(engine, spec);
    await settle(engine, spec.name);
    return existing(engine, spec.name);
  });

/** A bridge network with a subnet of our own choice, so that containers may have fixed addresses. */
export const ensureNetwork = async (engine: Engine, spec: NetworkSpec): Promise<NetworkFacts> => {
  const network = (await existing(engine, spec.name)) ?? (await createOnce(engine, spec));
  if (network === null)
    throw new ProvisionError('failed', `The network ${spec.name} vanished`, { kind: 'network', name: spec.name });
  if (!matches(spec, network))
    throw new ProvisionError('conflict', `The network ${spec.name} differs`, {
      kind: 'network',
      name: spec.name,
      reason: 'different',
    });
  return factsOf(network);
};

/** ProvisionError: not_found, or conflict when it is not ours. */
export const networkMustBeOurs = async (engine: Engine, name: string): Promise<void> => {
  if ((await existing(engine, name)) === null)
    throw new ProvisionError('not_found', `No network ${name}`, { kind: 'network', name });
};

const LET_GO_MS = 250;
const LET_GO_TRIES = 8;
/**
 * An engine under load counts an end that left for a moment longer, and now and then for ever: it then refuses to remove a network nobody is
 * on until it is started again. Such a one is left lying, it harms nobody and has our label; with containers on it: ProvisionError('refused').
 */
export const dropNetwork = async (engine: Engine, id: string): Promise<void> => {
  const network = engine.docker.getNetwork(id);
  for (let left = LET_GO_TRIES; ; left -= 1) {
    try {
      await lookUp(engine, 'remove network', () => network.remove() as Promise<unknown>);
      return;
    } catch (error) {
      if (!(error instanceof ProvisionError) || error.code !== 'refused') throw error;
      const facts = await lookUp(
        engine,
        'inspect network',
        () => network.inspect() as Promise<{ Containers?: object }>,
      );
      if (Object.keys(facts?.Containers ?? {}).length > 0) throw error;
      if (left === 1) return;
    }
    await sleep(LET_GO_MS);
  }
};

/** Absent is fine; containers still on it are ProvisionError('refused'). */
export const removeNetwork = async (engine: Engine, name: string): Promise<void> => {
  const network = await existing(engine, name);
  if (network === null) return;
  await dropNetwork(engine, network.Id);
};

/** How the engine wants an attachment described. */
export const endpointOf = (attachment: Attachment): Docker.EndpointSettings => ({
  ...(attachment.address === undefined ? {} : { IPAMConfig: { IPv4Address: attachment.address } }),
  ...(attachment.aliases === undefined ? {} : { Aliases: [...attachment.aliases] }),
});

const fixedAddress = (config: unknown): string | null =>
  config !== null && typeof config === 'object' && 'IPv4Address' in config && typeof config.IPv4Address === 'string'
    ? config.IPv4Address
    : null;

// The engine writes down what it was asked before it finds the address taken, and never starts that container again.
const addressMustBeFree = async (
  engine: Engine,
  container: string,
  { network, address }: Attachment,
): Promise<void> => {
  if (address === undefined) return;
  const { Containers } = await call(engine, 'inspect network', () => engine.docker.getNetwork(network).inspect());
  const owner = Object.entries(Containers ?? {}).find(
    ([id, one]) => id !== container && one.IPv4Address.split('/')[0] === address,
  );
  if (owner === undefined) return;
  const details = { kind: 'attachment', name: network, wanted: address, owner: owner[1].Name };
  throw new ProvisionError('conflict', `The address ${address} of ${network} is taken`, details);
};

/** Attaches a container unless it is attached with the same address already. */
export const attach = async (
  engine: Engine,
  container: Docker.ContainerInspectInfo,
  attachment: Attachment,
): Promise<void> => {
  await networkMustBeOurs(engine, attachment.network);
  const present = container.NetworkSettings.Networks[attachment.network];
  if (present !== undefined) {
    const address = fixedAddress(present.IPAMConfig) ?? present.IPAddress;
    if (attachment.address === undefined || attachment.address === address) return;
    const details = { kind: 'attachment', name: attachment.network, wanted: attachment.address, found: address };
    throw new ProvisionError('conflict', `The container has another address in ${attachment.network}`, details);
  }
  await addressMustBeFree(engine, container.Id, attachment);
  const request = { Container: container.Id, EndpointConfig: endpointOf(attachment) };
  await call(
    engine,
    'connect network',
    () => engine.docker.getNetwork(attachment.network).connect(request) as Promise<unknown>,
  );
};
