import { LABEL } from '../../contracts';
import { call, lookUp, type Engine } from './engine';
import { dropNetwork } from './networks';

/** Volumes and networks of this installation, and its names of images; an image another installation uses keeps its other names. */
export const removeEverything = async (engine: Engine, tagPrefix: string): Promise<void> => {
  const label = [`${LABEL.installation}=${engine.installation}`];
  const { Volumes } = await call(engine, 'list volumes', () => engine.docker.listVolumes({ filters: { label } }));
  for (const volume of Volumes)
    await lookUp(engine, 'remove volume', () => engine.docker.getVolume(volume.Name).remove() as Promise<unknown>);
  const networks = await call(engine, 'list networks', () => engine.docker.listNetworks({ filters: { label } }));
  for (const network of networks) await dropNetwork(engine, network.Id);
  const images = await call(engine, 'list images', () => engine.docker.listImages());
  const tags = images.flatMap((image) => image.RepoTags ?? []).filter((tag) => tag.startsWith(`${tagPrefix}/`));
  for (const tag of tags)
    await lookUp(engine, 'remove image', () => engine.docker.getImage(tag).remove() as Promise<unknown>).catch(
      () => null,
    );
};
