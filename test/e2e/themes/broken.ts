import { LABEL } from '../../../provisioners/contracts';
import type { InstanceDocument } from '../../../server/services/read-models/desa-model';
import type { RolloutDocument } from '../../../server/services/read-models/rollout-model';
import type { Installation, Told } from '../../helpers/e2e-installation';
import { bringRelease, type BrokenRelease } from '../../helpers/e2e-release';
import { readable, visit, watchSites, type Answer, type Watched } from '../../helpers/e2e-site';
import {
  containersOf,
  digits,
  inLanes,
  instanceOf,
  KLIRONG,
  OTHER_TWIN,
  rollout,
  theme,
  TWIN,
  type Village,
  type World,
} from '../../helpers/e2e-world';

interface Case {
  readonly title: string;
  readonly release: BrokenRelease;
  /** Reason of the desa, or of the whole rollout when it never came to a desa. */
  readonly reasons: readonly string[];
  readonly state: 'completed' | 'failed';
}
const CASES: readonly Case[] = [
  {
    title: 'a fatal error on every page',
    release: { app: 'opensid', from: '2409.0.0', version: '2409.1.0', behaviour: { fatal: true } },
    reasons: ['http_status', 'not_ready', 'identity_unreadable'],
    state: 'completed',
  },
  {
    title: 'the name of another desa',
    release: { app: 'opensid', from: '2409.0.0', version: '2409.2.0', behaviour: { nama_desa: 'Klirong' } },
    reasons: ['wrong_name'],
    state: 'completed',
  },
  {
    title: 'the old version on its pages',
    release: { app: 'pbb', from: '2409.0.0', version: '2409.1.0', behaviour: { versi_tampil: 'v2409.0.0' } },
    reasons: ['wrong_name', 'wrong_version'],
    state: 'completed',
  },
  {
    title: 'dies some seconds after its start',
    release: { app: 'pbb', from: '2409.0.0', version: '2409.2.0', behaviour: { mati_setelah: 6 } },
    reasons: ['container_restarted', 'http_status', 'not_answering'],
    state: 'completed',
  },
  {
    title: 'a migration of an own schema that fails',
    release: { app: 'pbb', from: '2410.0.0', version: '2409.3.0', behaviour: { migrasi_gagal: true } },
    reasons: ['own_migration_failed'],
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
    reasons: ['migration_failed'],
    state: 'failed',
  },
];
/** Long enough for the one that dies after its start; the others never come so far. */
const SOAK_SECONDS = 12;
/** Two desa at once, each with its own apps, one broken release after the other. */
const VILLAGE_OF: Readonly<Record<BrokenRelease['app'], Village>> = { opensid: TWIN, api: TWIN, pbb: KLIRONG };
const FRONT = { opensid: '/', api: '/api/', pbb: '/pbb/login' } as const;
const others: readonly Watched[] = [
  ...[KLIRONG, OTHER_TWIN].flatMap((one) => [
    { host: one.host, path: '/', name: one.title },
    { host: one.host, path: '/api/', name: '2409.0.0' },
  ]),
  ...[TWIN, OTHER_TWIN].map((one) => ({ host: one.host, path: '/pbb/login', name: one.nama })),
];

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

interface Seen {
  readonly told: Told<RolloutDocument>;
  readonly serving: InstanceDocument | null;
  readonly after: InstanceDocument | null;
  readonly page: Answer;
  readonly home: Answer;
  readonly containers: number;
}
const tryRelease = async (installation: Installation, { release }: Case): Promise<Seen> => {
  const { app, version } = release;
  const village = VILLAGE_OF[app];
  const serving = await instanceOf(installation, village.kode, app);
  await bringRelease(installation, release);
  const told = await rollout(installation, 'update', `${app}@${version}`, village.kode);
  const [after, page, home, containers] = await Promise.all([
    instanceOf(installation, village.kode, app),
    visit(installation, village.host, FRONT[app]),
    visit(installation, village.host, '/'),
    containersOf(installation, { [LABEL.role]: 'village', [LABEL.kode]: digits(village.kode) }),
  ]);
  return { told, serving, after, page, home, containers: containers.length };
};
/** Each against running villages: never green, a reason in words, and the old release serves as before. */
export const brokenTheme = (world: World): void => {
  theme('a broken release', () => {
    let watch: ReturnType<typeof watchSites> | null = null;
    let tries: ReadonlyMap<Case, Promise<Seen>> = new Map();
    beforeAll(async () => {
      const installation = world.installation();
      await installation.cli('settings', 'set', 'soakSeconds', String(SOAK_SECONDS));
      watch = watchSites(installation, others, 1);
      tries = inLanes(
        CASES,
        (one) => one.release.app,
        (one) => tryRelease(installation, one),
      );
    });

    test.each(CASES)('$title', async (one) => {
      const { release, reasons, state } = one;
      const seen = await tries.get(one);
      if (seen === undefined) throw new Error('not tried');
      const { told, serving, after, page, home } = seen;
      const village = VILLAGE_OF[release.app];
      const end = outcome(told);
      console.info(`${release.app} ${release.version}: ${JSON.stringify(end)}`);
      expect(end).toMatchObject({ code: 1, state });
      expect(reasons).toContain(end.reason);
      expect(end.text).not.toBe('');
      expect(told.document.counts.done).toBe(0);
      expect(after).toMatchObject({ release: '2409.0.0', container: serving?.container, state: 'running' });
      expect(page.status).toBe(200);
      expect(readable(page.body)).toContain(village.nama);
      expect(readable(home.body)).toContain(village.title);
      expect(seen.containers).toBe(3);
    });

    test('an API that is newer than the OpenSID of its desa is refused at once', async () => {
      const installation = world.installation();
      const told = await rollout(installation, 'update', 'api@2410.0.0', TWIN.kode);
      expect(told.code).toBe(2);
      expect(told.stderr).toContain('2409.0.0');
    });

    test('the board says which desa needs a person, why, and what serves', async () => {
      const { page, go, picture } = world.admin();
      const [first] = await Promise.all(tries.values());
      await go(`/pembaruan/${first?.told.document.id ?? ''}`);
      const attention = await page.locator('.sp-rail-attn').innerText();
      expect(attention).toContain(TWIN.nama);
      expect(attention).toContain('2409.0.0');
      await picture('18-papan-gagal');
      await go('/pembaruan');
      await picture('18-pembaruan-riwayat');
    });

    test('nobody else noticed', async () => {
      const seen = await watch?.stop();
      console.info(`broken releases: ${seen?.sent} visits of the other desa`);
      expect(seen?.failed).toEqual([]);
      await world.installation().cli('settings', 'set', 'soakSeconds', '6');
    });
  });
};
