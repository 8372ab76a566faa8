import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import type { FleetWorld } from '../fleet/world';
import type { Camera, Lens, Picture } from './camera';

/** One open page per lens. */
export interface Post {
  readonly lens: Lens;
  readonly camera: Camera;
  readonly page: Page;
}
const RECONNECTING_MS = 4500;
const STALE_MS = 32_000;

/** The board while the web process says nothing, and after half a minute of it. */
export const loseContact = async (
  world: FleetWorld,
  posts: readonly Post[],
  state: string,
): Promise<readonly Picture[]> => {
  const shootAll = async (name: string): Promise<readonly Picture[]> => {
    const pictures: Picture[] = [];
    for (const { camera, page, lens } of posts)
      pictures.push(await camera.shoot(page, lens, { state, name, part: 'window' }));
    return pictures;
  };
  const [address] = [`/pembaruan/${world.seeded.rolloutId ?? ''}`];
  for (const { page } of posts) {
    await page.goto(new URL(address, world.origin).href, { waitUntil: 'load' });
    await page.waitForSelector('[data-live-mark]:not([hidden])', { state: 'attached' });
  }
  process.kill(world.webPid, 'SIGSTOP');
  try {
    await sleep(RECONNECTING_MS);
    const off = await shootAll('papan-menyambung');
    await sleep(STALE_MS - RECONNECTING_MS);
    return [...off, ...(await shootAll('papan-terputus'))];
  } finally {
    process.kill(world.webPid, 'SIGCONT');
  }
};

/** What a person meets when the database is gone. The world is good for nothing else afterwards. */
export const loseDatabase = async (
  world: FleetWorld,
  posts: readonly Post[],
  state: string,
): Promise<readonly Picture[]> => {
  await world.mariadb.stop();
  const pictures: Picture[] = [];
  for (const { camera, page, lens } of posts)
    for (const [name, address] of [
      ['tanpa-basis-data', '/desa'],
      ['masuk-tanpa-basis-data', '/masuk'],
    ] as const) {
      const wish = { state, name, address, part: 'page', status: 503, act: null } as const;
      const picture = await camera.take(page, lens, wish);
      if (picture !== null) pictures.push(picture);
    }
  return pictures;
};
