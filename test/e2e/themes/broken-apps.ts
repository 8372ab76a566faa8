import { LABEL } from '../../../provisioners/contracts';
import { ownSchema } from '../../../server/domain/names';
import type { InstanceDocument } from '../../../server/services/read-models/desa-model';
import type { MemberDocument } from '../../../server/services/read-models/rollout-model';
import type { Installation } from '../../helpers/e2e-installation';
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

const PATH = { opensid: '/', api: '/api/', pbb: '/pbb/login' } as const;
const MIGRATION = '2026_11_01_000000_add_keterangan_to_sppt_table';
/** One migration more, which a release may leave undone and call done. */
const migration = `<?php

return static function (PDO $db): void {
    if (ulah('migrasi_diam')) {
        return;
    }
    $db->exec('ALTER TABLE sppt ADD COLUMN keterangan VARCHAR(50) NULL');
};
`;
const pbb = (version: string, behaviour: BrokenRelease['behaviour']): BrokenRelease => ({
  ...{ app: 'pbb', from: '2410.0.0', version, behaviour },
  files: { [`database/migrations/${MIGRATION}.php`]: migration },
});
const api = (version: string, behaviour: BrokenRelease['behaviour']): BrokenRelease => ({
  ...{ app: 'api', from: '2410.0.0', version, behaviour },
});
interface Case {
  readonly title: string;
  readonly release: BrokenRelease;
  readonly expected: Partial<MemberDocument>;
}
const CASES: readonly Case[] = [
  {
    title: 'PBB whose migration changes nothing and says success',
    release: pbb('2412.0.0', { migrasi_diam: true }),
    expected: {
      reasonCode: 'own_migration_failed',
      reasonParams: expect.objectContaining({
        cause: 'structure_missing',
        missing: expect.stringMatching(/^sppt\./) as string,
      }) as never,
    },
  },
  {
    title: 'an API that names another desa',
    release: api('2412.0.0', { nama_desa: 'Klirong' }),
    expected: { reasonCode: 'wrong_name' },
  },
  {
    title: 'an API that shows the old version',
    release: api('2412.1.0', { versi_tampil: 'v2410.0.0' }),
    expected: { reasonCode: 'wrong_name' },
  },
];
/** Each app in a desa of its own, so that both go on at once. */
const VILLAGE_OF: Readonly<Record<BrokenRelease['app'], Village>> = { opensid: TWIN, pbb: TWIN, api: OTHER_TWIN };
const GOOD: readonly Case[] = [pbb('2412.2.0', {}), api('2412.2.0', {})].map((release) => ({
  title: `${release.app} ${release.version}`,
  release,
  expected: { state: 'done' },
}));

interface Seen {
  readonly member: MemberDocument;
  readonly before: InstanceDocument | null;
  readonly after: InstanceDocument | null;
  readonly page: Answer;
  readonly containers: number;
  /** Migrations the desa's PBB has. */
  readonly migrations: readonly unknown[];
}
const migrationsOf = async ({ database }: Installation): Promise<readonly unknown[]> =>
  (await database.query(ownSchema('pbb', TWIN.kode), 'SELECT migration AS m FROM migrations', [])).map(
    (row) => row['m'],
  );
const tryRelease = async (installation: Installation, { release }: Case): Promise<Seen> => {
  const { app, version } = release;
  const village = VILLAGE_OF[app];
  const before = await instanceOf(installation, village.kode, app);
  await bringRelease(installation, release);
  const told = await rollout(installation, 'update', `${app}@${version}`, village.kode);
  const [member] = told.document.members;
  if (told.code === 2 || member === undefined) throw new Error(told.stderr);
  console.info(`${app} ${version}: ${member.state} ${member.reason ?? ''}`);
  const [after, page, containers, migrations] = await Promise.all([
    instanceOf(installation, village.kode, app),
    visit(installation, village.host, PATH[app]),
    containersOf(installation, { [LABEL.role]: 'village', [LABEL.kode]: digits(village.kode) }),
    // While another app is tried, PBB's database may just be brought back from its dump.
    app === 'pbb' ? migrationsOf(installation) : [],
  ]);
  return { member, before, after, page, containers: containers.length, migrations };
};
const others: readonly Watched[] = Object.values(PATH).map((path) => ({ host: KLIRONG.host, path, name: '' }));

/** Broken PBB and API against running villages whose OpenSID is newer than both; the good ones are green. */
export const brokenAppsTheme = (world: World): void => {
  theme('a broken PBB or API', () => {
    let watch: ReturnType<typeof watchSites> | null = null;
    let tries: ReadonlyMap<Case, Promise<Seen>> = new Map();
    beforeAll(async () => {
      const installation = world.installation();
      await installation.cli('settings', 'set', 'soakSeconds', '3');
      watch = watchSites(installation, others, 1);
      await bringRelease(installation, { app: 'opensid', from: '2410.0.0', version: '2412.9.0', behaviour: {} });
      const told = await rollout(installation, 'update', 'opensid@2412.9.0', TWIN.kode, OTHER_TWIN.kode);
      expect(told.document.counts.done).toBe(2);
      tries = inLanes(
        [...CASES, ...GOOD],
        (one) => one.release.app,
        (one) => tryRelease(installation, one),
      );
    });

    test.each(CASES)('$title', async (one) => {
      const seen = await tries.get(one);
      expect(seen?.member).toMatchObject({ state: 'quarantined', ...one.expected });
      expect(seen?.member.reason).not.toBe('');
      const { release, container } = seen?.before ?? { release: null, container: null };
      expect(seen?.after).toMatchObject({ release, container, state: 'running' });
      expect(seen?.page.status).toBe(200);
      expect(readable(seen?.page.body ?? '')).toContain(release);
      expect(seen?.containers).toBe(3);
    });

    test.each(GOOD)('$title is green', async (one) => {
      expect((await tries.get(one))?.member).toMatchObject(one.expected);
    });

    test('the schema of PBB is as before the release that lied, and has what the good one brought', async () => {
      const of = async ([one]: readonly Case[]): Promise<Seen | undefined> => one && tries.get(one);
      const [lied, good] = [await of(CASES), await of(GOOD)];
      expect(lied?.migrations).not.toContain(MIGRATION);
      expect(good?.migrations.filter((one) => one === MIGRATION)).toHaveLength(1);
    });

    test('nobody else noticed', async () => {
      await Promise.all(tries.values());
      const seen = await watch?.stop();
      expect(seen?.failed).toEqual([]);
      await world.installation().cli('settings', 'set', 'soakSeconds', '6');
    });
  });
};
