import { LABEL, type FileSpec, type Mount } from '../../provisioners/contracts';
import {
  addressIn,
  addressPair,
  DATABASE_HOST_NUMBER,
  digitsOf,
  mariadbContainer,
  PROXY_HOST_NUMBER,
  proxyContainer,
  serviceNetwork,
  volumeName,
} from '../domain/names';
import { done, type StepHandler } from '../rollouts/handler';
import { instanceContext } from './context';
import { appVolume } from './parts';
import { loadSubject, type Subject } from './subject';
import type { World } from './world';

/** One internal network per kecamatan; the proxy and the database stand at fixed addresses in each. */
export const ensureNetworkOf = async (world: World, network: string): Promise<string> => {
  const naming = { installation: world.installation.name };
  const { subnet } = await world.session.ensureNetwork({
    name: network,
    labels: { [LABEL.role]: 'network' },
    internal: true,
    walled: true,
  });
  // Nobody is visited in the network of the services.
  if (network !== serviceNetwork(naming))
    await world.session.connectNetwork(proxyContainer(naming), {
      network,
      address: addressIn(subnet, PROXY_HOST_NUMBER),
    });
  const database = await world.session.inspect(mariadbContainer(naming));
  if (database !== null)
    await world.session.connectNetwork(mariadbContainer(naming), {
      network,
      address: addressIn(subnet, DATABASE_HOST_NUMBER),
    });
  return subnet;
};

export const ensureNetwork = (world: World): StepHandler<'ensure_network'> => ({
  timeoutMs: 60_000,
  async apply(step) {
    const subject = await loadSubject(world, step.deployment.subjectId);
    const network = subject.desa.network;
    const subnet = await ensureNetworkOf(world, network);
    return done({ network }, async (stores) => {
      const known = await stores.instances.find(subject.instance.id);
      const index = known?.networkIndex ?? (await stores.instances.takeNetworkIndex(subject.instance.id, network));
      const pair = addressPair(subnet, index);
      await stores.instances.update(subject.instance.id, { addressA: pair.a, addressB: pair.b });
      return undefined;
    });
  },
});

const seededMounts = (world: World, subject: Subject): readonly Mount[] =>
  subject.app.volumes.map((volume) => ({
    type: 'volume',
    source: appVolume(world, subject, volume.key),
    target: `/benih/${volume.key}`,
    readOnly: false,
  }));

/** Folders with owner and mode, then the files an app wants once, e.g. desa/app_key. */
export const seedsOf = (
  subject: Pick<Subject, 'app'>,
  seeds: Readonly<Record<string, readonly FileSpec[]>>,
): readonly FileSpec[] =>
  subject.app.volumes.flatMap((volume) => {
    const place = (path: string): string => (path === '.' ? `/benih/${volume.key}` : `/benih/${volume.key}/${path}`);
    return [
      ...volume.folders.map((folder): FileSpec => ({
        path: place(folder.path),
        mode: folder.mode,
        uid: folder.uid,
        gid: folder.gid,
      })),
      ...(seeds[volume.key] ?? []).map((file): FileSpec => ({ ...file, path: place(file.path) })),
    ];
  });

export const ensureStorage = (world: World): StepHandler<'ensure_storage'> => ({
  timeoutMs: 120_000,
  async apply(step) {
    const subject = await loadSubject(world, step.deployment.subjectId);
    const context = await instanceContext(world, subject, {
      version: '',
      host: subject.desa.host,
      network: serviceNetwork({ installation: world.installation.name }),
      withOwner: 'without_owner',
    });
    for (const volume of subject.app.volumes) {
      await world.session.ensureVolume({ name: appVolume(world, subject, volume.key), labels: volumeLabels(subject) });
    }
    const files = seedsOf(subject, subject.app.seedFiles(context));
    if (files.length > 0) await world.session.putFiles(seededMounts(world, subject), files);
    return done({ volumes: subject.app.volumes.length });
  },
});
/** Volumes outlive releases and instances' rows: labelled by app and code only. */
export const volumeLabels = (subject: Subject): Record<string, string> => ({
  [LABEL.role]: 'volume',
  [LABEL.app]: subject.app.name,
  [LABEL.kode]: digitsOf(subject.desa.kode),
});

export const removeStorage = (world: World): StepHandler<'remove_storage'> => ({
  timeoutMs: 120_000,
  async apply(step) {
    const subject = await loadSubject(world, step.deployment.subjectId);
    for (const volume of subject.app.volumes) await world.session.removeVolume(appVolume(world, subject, volume.key));
    const apps = await world.transact.read.instances.ofDesa(subject.desa.kode);
    if (apps.every((one) => one.id === subject.instance.id)) await world.tokens.revoke(subject.desa.kode);
    return done({}, async (stores) => {
      await stores.instances.remove(subject.instance.id);
      const left = await stores.instances.ofDesa(subject.desa.kode);
      if (left.length === 0) await stores.desa.remove(subject.desa.kode);
      return undefined;
    });
  },
});

export const templateVolume = (world: World, app: string, key: string): string =>
  volumeName({ installation: world.installation.name }, app, '00.00.00.0000', key);
