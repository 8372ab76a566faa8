import { LABEL } from '../../../provisioners/contracts';
import { ownSchema } from '../../../server/domain/names';
import type { MemberDocument } from '../../../server/services/read-models/rollout-model';
import type { Installation } from '../../helpers/e2e-installation';
import { bringRelease, type BrokenRelease } from '../../helpers/e2e-release';
import { readable, visit, watchSites, type Watched } from '../../helpers/e2e-site';
import {
  containersOf,
  digits,
  instanceOf,
  OTHER_TWIN,
  rollout,
  theme,
  TWIN,
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
const CASES: readonly {
  readonly title: string;
  readonly release: BrokenRelease;
  readonly expected: Partial<MemberDocument>;
}[] = [
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
const GOOD: readonly BrokenRelease[] = [pbb('2412.2.0', {}), api('2412.2.0', {})];

const update = async (installation: Installation, release: BrokenRelease): Promise<MemberDocument> => {
  await bringRelease(installation, release);
  const told = await rollout(installation, 'update', `${release.app}@${release.version}`, TWIN.kode);
  const [member] = told.document.members;
  if (told.code === 2 || member === undefined) throw new Error(told.stderr);
  console.info(`${release.app} ${release.version}: ${member.state} ${member.reason ?? ''}`);
  return member;
};
const others: readonly Watched[] = Object.values(PATH).map((path) => ({ host: OTHER_TWIN.host, path, name: '' }));

/** Broken PBB and API against a running village whose OpenSID is newer than both; the good ones are green. */
export const brokenAppsTheme = (world: World): void => {
  theme('a broken PBB or API', () => {
    let watch: ReturnType<typeof watchSites> | null = null;
    beforeAll(async () => {
      const installation = world.installation();
      await installation.cli('settings', 'set', 'soakSeconds', '3');
      watch = watchSites(installation, others, 1);
      const opensid = { app: 'opensid', from: '2410.0.0', version: '2412.9.0', behaviour: {} } as const;
      expect((await update(installation, opensid)).state).toBe('done');
    });

    test.each(CASES)('$title', async ({ release, expected }) => {
      const installation = world.installation();
      const before = await instanceOf(installation, TWIN.kode, release.app);
      const member = await update(installation, release);
      expect(member).toMatchObject({ state: 'quarantined', ...expected });
      expect(member.reason).not.toBe('');
      const after = await instanceOf(installation, TWIN.kode, release.app);
      expect(after).toMatchObject({ release: before?.release, container: before?.container, state: 'running' });
      const page = await visit(installation, TWIN.host, PATH[release.app]);
      expect([page.status, readable(page.body)]).toEqual([200, expect.stringContaining(before?.release ?? '')]);
      const labels = { [LABEL.role]: 'village', [LABEL.kode]: digits(TWIN.kode) };
      expect(await containersOf(installation, labels)).toHaveLength(3);
    });

    test('the schema of PBB is as before the release that lied', async () => {
      const { database } = world.installation();
      const rows = await database.query(ownSchema('pbb', TWIN.kode), 'SELECT migration AS m FROM migrations', []);
      expect(rows.map((row) => row['m'])).not.toContain(MIGRATION);
    });

    test('good ones are green, and nobody else noticed', async () => {
      for (const release of GOOD) expect((await update(world.installation(), release)).state).toBe('done');
      const seen = await watch?.stop();
      expect(seen?.failed).toEqual([]);
      await world.installation().cli('settings', 'set', 'soakSeconds', '6');
    });
  });
};
