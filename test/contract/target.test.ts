import { randomBytes } from 'node:crypto';
import Docker from 'dockerode';
import { LABEL, type TargetSession } from '../../provisioners/contracts';
import { target } from '../../provisioners/targets/docker';
import { fakeEngine } from '../helpers/fake-target';
import { targetContract } from './target.contract';

jest.setTimeout(60_000);
const ENGINE = { url: 'unix:///var/run/docker.sock' };
const docker = new Docker({ socketPath: '/var/run/docker.sock' });

/** A base image of any installation on this engine. */
const baseImage = async (): Promise<string> => {
  const found = await docker.listImages({ filters: { label: [`${LABEL.role}=base`] } });
  const [image] = found;
  if (image === undefined) throw new Error('These tests need a base image: build the images first');
  return image.Id;
};

const removeAll = async (sessions: readonly TargetSession[]): Promise<void> => {
  for (const { installation } of sessions) {
    const label = [`${LABEL.installation}=${installation}`];
    for (const one of await docker.listContainers({ all: true, filters: { label } }))
      await docker.getContainer(one.Id).remove({ force: true, v: true });
    for (const one of await docker.listNetworks({ filters: { label } })) await docker.getNetwork(one.Id).remove();
    const { Volumes } = await docker.listVolumes({ filters: { label } });
    for (const one of Volumes) await docker.getVolume(one.Name).remove();
    for (const one of await docker.listImages({ filters: { label } }))
      await docker.getImage(one.Id).remove({ force: true });
  }
};

targetContract('docker', async () => {
  const id = randomBytes(4).toString('hex');
  const session = await target.connect(ENGINE, `t-target-${id}`);
  const stranger = await target.connect(ENGINE, `t-target-${id}-stranger`);
  return { session, stranger, image: await baseImage(), cleanUp: () => removeAll([session, stranger]) };
});

test('a volume goes although a helper of somebody who was killed still holds it', async () => {
  const session = await target.connect(ENGINE, `t-target-${randomBytes(4).toString('hex')}-held`);
  const name = `${session.installation}-vol`;
  try {
    await session.ensureVolume({ name, labels: {} });
    await docker.createContainer({
      Image: await baseImage(),
      Entrypoint: ['/bin/false'],
      Labels: { [LABEL.installation]: session.installation, [LABEL.role]: 'helper' },
      HostConfig: { Mounts: [{ Type: 'volume', Source: name, Target: '/konfig' }] },
    });
    await session.removeVolume(name);
    const { Volumes } = await docker.listVolumes({ filters: { name: [name] } });
    expect(Volumes).toEqual([]);
  } finally {
    await removeAll([session]);
    await session.close();
  }
});

test('docker counts how often it has started a container again by itself', async () => {
  const session = await target.connect(ENGINE, `t-target-${randomBytes(4).toString('hex')}-again`);
  try {
    const name = `${session.installation}-w`;
    await session.ensureWorkload({
      name,
      image: await baseImage(),
      labels: {},
      command: ['sh', '-c', 'sleep 1; exit 1'],
      env: {},
      mounts: [],
      networks: [],
      readOnlyRoot: true,
      capabilities: [],
      restart: 'always',
    });
    let restarts = 0;
    for (let tries = 0; tries < 100 && restarts === 0; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      restarts = (await session.usage({})).find((one) => one.name === name)?.restarts ?? 0;
    }
    expect(restarts).toBeGreaterThan(0);
  } finally {
    await removeAll([session]);
  }
});

targetContract('fake', async () => {
  const engine = fakeEngine();
  return {
    session: engine.session('t-a'),
    stranger: engine.session('t-b'),
    image: engine.image,
    cleanUp: () => engine.engine.close(),
  };
});
