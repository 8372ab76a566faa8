import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { socketCommand } from '../../../provisioners/proxies/haproxy/command-socket';
import { FILE, SOCKET } from '../../../provisioners/proxies/haproxy/options';
import type { Installation } from '../../helpers/e2e-installation';
import { instanceOf, OTHER_TWIN, theme, TWIN, type World } from '../../helpers/e2e-world';

const RED_WITHIN_MS = 90_000;
const GREEN_WITHIN_MS = 120_000;

const ask = (installation: Installation, command: string): Promise<string> =>
  socketCommand(path.join(installation.config.paths.proxyRun, SOCKET.runtime), command);
const routeOf = async (installation: Installation, host: string): Promise<string> => {
  const lines = (await ask(installation, `show map ${FILE.routes}`)).split('\n');
  return lines.map((line) => line.split(' ')).find(([, key]) => key === `${host}/`)?.[2] ?? '';
};
const setRoute = (installation: Installation, host: string, value: string): Promise<string> =>
  ask(installation, `set map ${FILE.routes} ${host}/ ${value}`);
const healthOf = async (installation: Installation): Promise<readonly (string | undefined)[]> =>
  Promise.all([TWIN, OTHER_TWIN].map(async (one) => (await instanceOf(installation, one.kode, 'opensid'))?.health));
const awaitHealth = async (
  installation: Installation,
  wanted: (health: string | undefined) => boolean,
  withinMs: number,
): Promise<number | null> => {
  const began = Date.now();
  while (Date.now() - began <= withinMs) {
    if ((await healthOf(installation)).every(wanted)) return Date.now() - began;
    await sleep(1000);
  }
  return null;
};

/** Somebody exchanges the routes of two desa with the same name behind our back. `meanwhile`: work that needs no village. */
export const swappedTheme = (world: World, meanwhile: () => Promise<void>): void => {
  theme('the routes of the twins, exchanged by hand', () => {
    test('both turn red within 90 s, and green when it is undone', async () => {
      const installation = world.installation();
      expect(await healthOf(installation)).toEqual(['healthy', 'healthy']);
      const [first, second] = [await routeOf(installation, TWIN.host), await routeOf(installation, OTHER_TWIN.host)];
      expect([first, second].every((route) => route.startsWith('open|'))).toBe(true);
      await setRoute(installation, TWIN.host, second);
      await setRoute(installation, OTHER_TWIN.host, first);
      const other = meanwhile();
      const red = await awaitHealth(installation, (health) => health === 'wrong_identity', RED_WITHIN_MS);
      await setRoute(installation, TWIN.host, first);
      await setRoute(installation, OTHER_TWIN.host, second);
      const green = await awaitHealth(installation, (health) => health === 'healthy', GREEN_WITHIN_MS);
      console.info(`swapped: red after ${red} ms, green ${green} ms after it was undone`);
      await other;
      expect(red).not.toBeNull();
      expect(green).not.toBeNull();
    });
  });
};
