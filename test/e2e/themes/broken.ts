import type { RolloutDocument } from '../../../server/services/read-models/rollout-model';
import type { Told } from '../../helpers/e2e-installation';
import { bringRelease, type BrokenRelease } from '../../helpers/e2e-release';
import { readable, visit, watchSites, type Watched } from '../../helpers/e2e-site';
import {
  instanceOf,
  KLIRONG,
  nameOf,
  OTHER_TWIN,
  rollout,
  TWIN,
  villageContainers,
  type Village,
  type World,
} from '../../helpers/e2e-world';

interface Case {
  readonly title: string;
  readonly release: BrokenRelease;
  readonly village: Village;
  /** Seconds of watching after the switch. */
  readonly soak: number;
  /** Reason of the desa, or of the whole rollout when it never came to a desa. */
  readonly reasons: readonly string[];
  readonly state: 'completed' | 'failed';
}
const CASES: readonly Case[] = [
  {
    title: 'a fatal error on every page',
    release: { app: 'opensid', from: '2409.0.0', version: '2409.1.0', behaviour: { fatal: true } },
    village: TWIN,
    soak: 3,
    reasons: ['http_status', 'not_ready', 'identity_unreadable'],
    state: 'completed',
  },
  {
    title: 'the name of another desa',
    release: { app: 'opensid', from: '2409.0.0', version: '2409.2.0', behaviour: { nama_desa: 'Klirong' } },
    village: TWIN,
    soak: 3,
    reasons: ['wrong_name'],
    state: 'completed',
  },
  {
    title: 'the old version on its pages',
    release: { app: 'pbb', from: '2409.0.0', version: '2409.1.0', behaviour: { versi_tampil: 'v2409.0.0' } },
    village: TWIN,
    soak: 3,
    reasons: ['wrong_name', 'wrong_version'],
    state: 'completed',
  },
  {
    title: 'dies some seconds after its start',
    release: { app: 'pbb', from: '2409.0.0', version: '2409.2.0', behaviour: { mati_setelah: 6 } },
    village: TWIN,
    soak: 14,
    reasons: ['container_restarted', 'http_status', 'not_answering'],
    state: 'completed',
  },
  {
    title: 'a migration of an own schema that fails',
    release: { app: 'pbb', from: '2410.0.0', version: '2409.3.0', behaviour: { migrasi_gagal: true } },
    village: TWIN,
    soak: 3,
    reasons: ['migration_failed'],
    state: 'completed',
  },
  {
    title: 'a migration of the shared schema that fails and says success',
    release: {
      app: 'opensid',
      from: '2410.0.0',
      version: '2409.3.0',
      schema: '2024095001',
      behaviour: { migrasi_gagal: true },
    },
    village: TWIN,
    soak: 3,
    reasons: ['migration_failed'],
    state: 'failed',
  },
  {
    title: 'a migration that changes nothing and says success',
    release: {
      app: 'opensid',
      from: '2410.0.0',
      version: '2409.4.0',
      schema: '2024095002',
      behaviour: { migrasi_diam: true },
    },
    village: TWIN,
    soak: 3,
    reasons: ['http_status'],
    state: 'completed',
  },
];
const FRONT = { opensid: '/', api: '/api/', pbb: '/pbb/login' } as const;
const others: readonly Watched[] = [KLIRONG, OTHER_TWIN].flatMap((one) => [
  { host: one.host, path: '/', name: one.title },
  { host: one.host, path: '/api/', name: '2409.0.0' },
]);

/** Exit 2 would mean that it was refused before it began. */
const outcome = (told: Told<RolloutDocument>): { code: number; state: string; reason: string | null; text: string } => {
  if (told.code === 2) throw new Error(told.stderr);
  const [member] = told.document.members;
  return {
    code: told.code,
    state: told.document.state,
    reason: told.document.reasonCode ?? member?.reasonCode ?? null,
    text: told.document.reason ?? member?.reason ?? '',
  };
};

/** Each against running villages: never green, a reason in words, and the old release serves as before. */
export const brokenTheme = (world: World): void => {
  describe('a broken release', () => {
    let watch: ReturnType<typeof watchSites> | null = null;
    beforeAll(() => {
      watch = watchSites(world.installation(), others, 1);
    });

    test.each(CASES)('$title', async ({ release, village, soak, reasons, state }) => {
      const installation = world.installation();
      await installation.cli('settings', 'set', 'soakSeconds', String(soak));
      const serving = await instanceOf(installation, village.kode, release.app);
      await bringRelease(installation, release);
      const told = await rollout(installation, 'update', `${release.app}@${release.version}`, village.kode);
      const seen = outcome(told);
      console.info(`${release.app} ${release.version}: ${JSON.stringify(seen)}`);
      expect(seen).toMatchObject({ code: 1, state });
      expect(reasons).toContain(seen.reason);
      expect(seen.text).not.toBe('');
      expect(told.document.counts.done).toBe(0);
      const after = await instanceOf(installation, village.kode, release.app);
      expect(after).toMatchObject({ release: '2409.0.0', container: serving?.container, state: 'running' });
      const page = await visit(installation, village.host, FRONT[release.app]);
      expect(page.status).toBe(200);
      expect(readable(page.body)).toContain(village.nama);
      const home = await visit(installation, village.host, '/');
      expect(readable(home.body)).toContain(village.title);
      expect((await villageContainers(installation)).map(nameOf)).toHaveLength(9);
    });

    test('an API that is newer than the OpenSID of its desa is refused at once', async () => {
      const installation = world.installation();
      const told = await rollout(installation, 'update', 'api@2410.0.0', TWIN.kode);
      expect(told.code).toBe(2);
      expect(told.stderr).toContain('2409.0.0');
    });

    test('nobody else noticed', async () => {
      const seen = await watch?.stop();
      console.info(`broken releases: ${seen?.sent} visits of the other desa`);
      expect(seen?.failed).toEqual([]);
      await world.installation().cli('settings', 'set', 'soakSeconds', '3');
    });
  });
};
