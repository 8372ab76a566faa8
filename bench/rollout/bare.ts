import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Docker from 'dockerode';
import { LABEL } from '../../provisioners/contracts';
import { addressIn, configVolume } from '../../server/domain/names';
import { judgeIdentity } from '../../server/steps/proof';
import { privateGet } from '../../server/steps/public-probe';
import type { Installation } from '../../test/helpers/e2e-installation';
import { docker, nameOf, villageContainers } from '../../test/helpers/e2e-world';
import { watchUse, type Used } from './use';

const POLL_MS = 100;
const PATIENCE_MS = 120_000;
const STOP_SECONDS = 10;
const FIRST_FROM_END = 10;

/** What one container of the product is made from, with two addresses beside it that nobody uses. */
export interface Model {
  readonly app: string;
  readonly kode: string;
  readonly made: Docker.ContainerInspectInfo;
  readonly network: string;
  readonly host: string;
  readonly key: string;
  readonly addresses: readonly [string, string];
}

const hostCount = (subnet: string): number => 2 ** (32 - Number(subnet.split('/')[1] ?? 24));
const quoted = (text: string, map: string, last: 'key' | 'value'): string => {
  const found = new RegExp(`map \\$\\w+ \\$${map} \\{[^}]*?"([^"]+)" 1;`).exec(text)?.[1];
  if (found === undefined) throw new Error(`no ${last} of ${map} in the configuration`);
  return found;
};

/** The serving containers of the product as models; the highest addresses of their networks are free. */
export const readModels = async (installation: Installation): Promise<readonly Model[]> => {
  const used = new Map<string, number>();
  const models: Model[] = [];
  const containers = [...(await villageContainers(installation))].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  for (const container of containers) {
    const made = await docker.getContainer(container.Id).inspect();
    const network = made.HostConfig.NetworkMode ?? '';
    const { IPAM } = await docker.getNetwork(network).inspect();
    const subnet = IPAM?.Config?.[0]?.['Subnet'] ?? '';
    const index = used.get(network) ?? 0;
    used.set(network, index + 1);
    const from = hostCount(subnet) - FIRST_FROM_END - 2 * index;
    const { Mountpoint } = await docker.getVolume(configVolume(nameOf(container))).inspect();
    const text = await readFile(path.join(Mountpoint, 'nginx.conf'), 'utf8');
    models.push({
      app: made.Config.Labels[LABEL.app] ?? '',
      kode: made.Config.Labels[LABEL.kode] ?? '',
      made,
      network,
      host: quoted(text, 'sp_host_ok', 'key'),
      key: quoted(text, 'sp_key_ok', 'key'),
      addresses: [addressIn(subnet, from), addressIn(subnet, from - 1)],
    });
  }
  return models;
};

/** The containers of the loop are nobody's: the product does not know their label. */
const LOOP = 't-banding';
const nameFor = ({ app, kode }: Model, generation: number): string => `${LOOP}-${app}-${kode}-${generation}`;
const create = (model: Model, image: string, generation: number): Promise<Docker.Container> => {
  const { made, network, addresses } = model;
  const address = addresses[generation % 2] ?? '';
  return docker.createContainer({
    name: nameFor(model, generation),
    Image: image,
    Env: made.Config.Env,
    User: made.Config.User,
    StopTimeout: STOP_SECONDS,
    // Labels of the image count too: ours are said again, as somebody else's.
    Labels: { ...Object.fromEntries(Object.keys(made.Config.Labels).map((key) => [key, ''])), [LOOP]: '1' },
    HostConfig: made.HostConfig,
    NetworkingConfig: { EndpointsConfig: { [network]: { IPAMConfig: { IPv4Address: address } } } },
  });
};

const answersAs = async (model: Model, generation: number, version: string): Promise<boolean> => {
  const answer = await privateGet({
    address: model.addresses[generation % 2] ?? '',
    host: model.host,
    path: '/siappakai/sehat',
    headers: { 'x-siappakai-key': model.key },
  });
  return judgeIdentity(answer.status, answer.body, { kode: model.kode, version }, answer.ms).reason === null;
};
const awaitAnswer = async (model: Model, generation: number, version: string): Promise<void> => {
  const until = Date.now() + PATIENCE_MS;
  while (!(await answersAs(model, generation, version))) {
    if (Date.now() > until) throw new Error(`${nameFor(model, generation)} does not answer as ${version}`);
    await sleep(POLL_MS);
  }
};

const inLanes = async (models: readonly Model[], lanes: number, work: (model: Model) => Promise<void>) => {
  const queue = [...models];
  const lane = async (): Promise<void> => {
    for (let model = queue.shift(); model !== undefined; model = queue.shift()) await work(model);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
};
const drop = async (model: Model, generation: number): Promise<void> => {
  const old = docker.getContainer(nameFor(model, generation));
  await old.stop({ t: STOP_SECONDS });
  await old.remove({ force: true, v: true });
};

/** app → image and version of one release of every app. */
export type Images = Readonly<Record<string, { readonly image: string; readonly version: string }>>;
const wanted = (images: Images, { app }: Model): { readonly image: string; readonly version: string } => {
  const found = images[app];
  if (found === undefined) throw new Error(`no image of ${app}`);
  return found;
};
/** Milliseconds of one container's parts; stop and remove are 0 for an install. */
export interface BareAct {
  readonly app: string;
  readonly create: number;
  readonly start: number;
  readonly answer: number;
  readonly drop: number;
}
export interface BareTime {
  readonly seconds: number;
  readonly acts: readonly BareAct[];
  /** While it worked: of ours, which rests meanwhile, and of the engine. */
  readonly used: Readonly<Record<string, Used>>;
}
interface Ground {
  readonly lanes: number;
  readonly roots: Readonly<Record<string, number>>;
}

/** Create and start, ask the same health address until it answers, then stop and remove the old one where there is one. */
const bring = async (model: Model, images: Images, generation: number): Promise<BareAct> => {
  const { image, version } = wanted(images, model);
  const times = [performance.now()];
  const container = await create(model, image, generation);
  times.push(performance.now());
  await container.start();
  times.push(performance.now());
  await awaitAnswer(model, generation, version);
  times.push(performance.now());
  if (generation > 0) await drop(model, generation - 1);
  times.push(performance.now());
  const [create_ = 0, start = 0, answer = 0, dropped = 0] = times.slice(1).map((at, index) => at - (times[index] ?? 0));
  return { app: model.app, create: create_, start, answer, drop: dropped };
};
const generationOf = async (
  models: readonly Model[],
  images: Images,
  { lanes, roots }: Ground,
  generation: number,
): Promise<BareTime> => {
  const acts: BareAct[] = [];
  const use = watchUse(roots);
  const began = performance.now();
  await inLanes(models, lanes, async (model) => void acts.push(await bring(model, images, generation)));
  return { seconds: (performance.now() - began) / 1000, acts, used: use.stop() };
};

/** Whatever the loop made, also in a run that broke off. */
export const clearBare = async (): Promise<void> => {
  const left = await docker.listContainers({ all: true, filters: { label: [`${LOOP}=1`] } });
  for (const { Id } of left) await docker.getContainer(Id).remove({ force: true, v: true });
};
/** The bare loop: all containers of one release, then the next one in their place, so many at a time; nothing stays. */
export const bareRound = async (
  models: readonly Model[],
  from: Images,
  to: Images,
  ground: Ground,
): Promise<{ readonly install: BareTime; readonly update: BareTime }> => {
  try {
    const install = await generationOf(models, from, ground, 0);
    return { install, update: await generationOf(models, to, ground, 1) };
  } finally {
    await clearBare();
  }
};
