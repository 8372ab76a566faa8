import { ProvisionError, type TargetSession } from '../../provisioners/contracts';
import type { ImageOptions } from '../../provisioners/lib/image-recipe';
import { ensureServiceImage } from '../../provisioners/lib/images';
import { WALL_COMMAND, WALL_FAULT, wallWorkload } from '../../provisioners/lib/walls';
import type { Config } from '../config';
import { wallContainer } from '../domain/names';
import { unnamedBridges } from './engine-api';
import { ensureService } from './services';

const CHECK_MS = 10_000;
const containerOf = (config: Config): string => wallContainer({ installation: config.name });

/** What keeps villages from calling anything but their database; brought back by the engine, with or without us. */
export const startWalls = async (config: Config, session: TargetSession, options: ImageOptions): Promise<void> => {
  const image = await ensureServiceImage(session, 'wall', options);
  await ensureService(
    session,
    wallWorkload({
      name: containerOf(config),
      image: image.tags[0] ?? image.id,
      installation: config.id,
      oldBridges: await unnamedBridges(config.dockerHost, config.id),
      ports: [config.httpPort, config.httpsPort],
    }),
  );
};

/** `unfiltered` = the kernel shows packets between neighbours to no filter; `missing` = there are no walls, or others than ours. */
export type WallState = 'stands' | 'unfiltered' | 'missing';

export const wallState = async (config: Config, session: TargetSession): Promise<WallState> => {
  try {
    const { exitCode } = await session.exec(containerOf(config), [WALL_COMMAND, 'check'], { timeoutMs: CHECK_MS });
    if (exitCode === 0) return 'stands';
    return exitCode === WALL_FAULT.bridgesUnfiltered ? 'unfiltered' : 'missing';
  } catch (error) {
    if (error instanceof ProvisionError) return 'missing';
    throw error;
  }
};

/** Takes the rules away with the installation; where the container is gone already they hold for bridges that no longer exist. */
export const removeWalls = async (config: Config, session: TargetSession): Promise<void> => {
  await session.exec(containerOf(config), [WALL_COMMAND, 'remove'], { timeoutMs: CHECK_MS }).catch((error: unknown) => {
    if (!(error instanceof ProvisionError)) throw error;
  });
};
