import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { TableCount } from '../../../provisioners/contracts';
import { LABEL } from '../../../provisioners/contracts';
import { opensidRows } from '../../../provisioners/lib/opensid-files';
import { ownSchema, ownUser, tenantUser } from '../../../server/domain/names';
import { SCHEMA } from '../../helpers/e2e-installation';
import { visit, watchSites } from '../../helpers/e2e-site';
import {
  containersOf,
  desaList,
  digits,
  docker,
  OTHER_TWIN,
  rollout,
  select,
  theme,
  TWIN,
  type World,
} from '../../helpers/e2e-world';

interface Manifest {
  readonly app: string;
  readonly tenantId: number;
  readonly rows: readonly TableCount[];
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly sha256: string }[];
}
const COPY = 'coba_arsip';

/** One desa goes; nobody else has one byte more or less, and what was archived is whole. */
export const removeTheme = (world: World): void => {
  theme('remove', () => {
    test('without the typed name nothing happens', async () => {
      const told = await world.installation().cli('desa', 'remove', TWIN.kode, '--confirm', OTHER_TWIN.kode);
      expect(told.code).toBe(2);
      expect((await desaList(world.installation())).map((one) => one.kode)).toContain(TWIN.kode);
    });

    test('the rows of the others are the same, and everything of the desa is gone', async () => {
      const installation = world.installation();
      const { database } = installation;
      const [row] = await select(installation, 'SELECT tenant_id AS tenant FROM desa WHERE kode = ?', [TWIN.kode]);
      const tenant = opensidRows(Number(row?.['tenant']));
      const counts = await database.tenantCounts(SCHEMA, tenant);
      const before = await database.rowChecksums(SCHEMA, tenant);
      const watch = watchSites(installation, [{ host: OTHER_TWIN.host, path: '/', name: OTHER_TWIN.title }], 4);
      const told = await rollout(installation, 'remove', TWIN.kode, '--confirm', TWIN.kode);
      const seen = await watch.stop();
      expect({ code: told.code, state: told.document.state, counts: told.document.counts }).toMatchObject({
        code: 0,
        state: 'completed',
        counts: { done: 3, failed: 0 },
      });
      expect(seen.failed).toEqual([]);
      expect(await database.rowChecksums(SCHEMA, null)).toEqual(before);
      expect((await database.tenantCounts(SCHEMA, tenant)).filter((one) => one.rows > 0)).toEqual([]);
      expect(counts.reduce((sum, one) => sum + one.rows, 0)).toBeGreaterThan(0);
      expect(await database.userExists(tenantUser(TWIN.kode))).toBe(false);
      expect(await database.userExists(ownUser('pbb', TWIN.kode))).toBe(false);
      expect(await database.schemaExists(ownSchema('pbb', TWIN.kode))).toBe(false);
      expect(await containersOf(installation, { [LABEL.kode]: digits(TWIN.kode) })).toEqual([]);
      const { Volumes: volumes } = await docker.listVolumes({
        filters: {
          label: [`${LABEL.installation}=${installation.config.id}`, `${LABEL.kode}=${digits(TWIN.kode)}`],
        },
      });
      expect(volumes.map((one) => one.Name)).toEqual([]);
      expect((await visit(installation, TWIN.host, '/')).status).toBe(404);
      expect((await desaList(installation)).map((one) => [one.kode, one.status])).not.toContainEqual([
        TWIN.kode,
        expect.anything(),
      ]);
    });

    test('its archive loads into an empty schema with the same rows', async () => {
      const installation = world.installation();
      const { database } = installation;
      const archives = await select(installation, 'SELECT path, manifest FROM archives WHERE desa_kode = ?', [
        TWIN.kode,
      ]);
      expect(archives).toHaveLength(3);
      for (const one of archives) {
        const folder = String(one['path']);
        const manifest = JSON.parse(await readFile(path.join(folder, 'manifest.json'), 'utf8')) as Manifest;
        const keys = JSON.parse(await readFile(path.join(folder, 'kunci.json'), 'utf8')) as { appKey: string };
        expect(keys.appKey).toMatch(/^base64:/);
        const sql = manifest.files.find((file) => file.name.endsWith('.sql.gz'));
        if (sql === undefined) continue;
        await database.ensureSchema(COPY, manifest.app === 'pbb' ? 'utf8mb4' : 'utf8');
        try {
          await database.restore(COPY, path.join(folder, sql.name), AbortSignal.timeout(60_000));
          if (manifest.app === 'opensid')
            expect(await database.tenantCounts(COPY, opensidRows(manifest.tenantId))).toEqual(manifest.rows);
          else expect((await database.rowChecksums(COPY, null)).length).toBeGreaterThan(3);
        } finally {
          await database.dropSchema(COPY);
        }
      }
    });
  });
};
