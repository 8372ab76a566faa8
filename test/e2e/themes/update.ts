import { setTimeout as sleep } from 'node:timers/promises';
import type { LiveType } from '../../../server/domain/live-events';
import { MESSAGES } from '../../../server/texts';
import { isNews, newsLine } from '../../../server/texts/news';
import type { Admin } from '../../helpers/e2e-admin';
import { awaitSeq, hearBoard, pollsOf, seqOf, takenBy, type Heard } from '../../helpers/e2e-board';
import { SCHEMA, type Installation } from '../../helpers/e2e-installation';
import { startOnScreen } from '../../helpers/e2e-screens';
import { readable, visit, watchSites, type Watched } from '../../helpers/e2e-site';
import {
  APPS,
  awaitRollout,
  desaList,
  docker,
  nameOf,
  theme,
  villageContainers,
  VILLAGES,
  type World,
} from '../../helpers/e2e-world';

const fronts: readonly Watched[] = VILLAGES.flatMap((one) => [
  { host: one.host, path: '/', name: one.title },
  { host: one.host, path: '/api/', name: '"version"' },
]);
const payments: readonly Watched[] = VILLAGES.map((one) => ({ host: one.host, path: '/pbb/login', name: one.nama }));

const migrations = async (installation: Installation): Promise<readonly string[]> =>
  (await installation.database.query(SCHEMA, 'SELECT versi_database AS v FROM migrasi ORDER BY 1', [])).map((row) =>
    String(row['v']),
  );
/** Residents by desa, as the shared schema has them. */
const people = (installation: Installation): Promise<readonly Readonly<Record<string, unknown>>[]> =>
  installation.database.query(
    SCHEMA,
    'SELECT config_id AS desa, id, nik, nama FROM tweb_penduduk ORDER BY config_id, id',
    [],
  );

/** The network of 30 s that is gone: first nothing passes, then every connection is dead. */
const SILENT_MS = 10_000;
const DEAD_MS = 20_000;
const cutTheNetwork = async ({
  page,
  wire,
  picture,
}: Admin): Promise<{ readonly from: number; readonly to: number }> => {
  const from = Date.now();
  wire.hush();
  await page.waitForSelector('[data-live-mark][data-live=off]', { timeout: 15_000 });
  await picture('22-papan-terputus');
  await sleep(Math.max(0, from + SILENT_MS - Date.now()));
  await wire.sever();
  await sleep(Math.max(0, from + SILENT_MS + DEAD_MS - Date.now()));
  const to = Date.now();
  await wire.mend();
  return { from, to };
};

const lineOf = (type: LiveType, body: Readonly<Record<string, unknown>>): unknown =>
  newsLine(MESSAGES.id, type, body, String, String);

/** Every row once and in order, by the numbers that came and by the lines the page shows, and nobody polled. */
const expectWholeStream = async (
  installation: Installation,
  { id, heard, cut }: { readonly id: string; readonly heard: Heard; readonly cut: { from: number; to: number } },
): Promise<void> => {
  const rows = await installation.read.events.after(`rollout:${id}`, 0, 2000);
  const seqs = rows.map((row) => row.seq);
  expect(seqs).toEqual(seqs.map((_, index) => (seqs[0] ?? 0) + index));
  const first = heard.joins[0] ?? -1;
  const taken = takenBy(heard);
  const missed = rows.filter(({ at }) => at.getTime() > cut.from && at.getTime() < cut.to).length;
  console.info(
    `board: ${heard.frames.length} frames, ${taken.seqs.length} events after ${first}, ${missed} of them while cut for ` +
      `${cut.to - cut.from} ms, joined at ${heard.joins.join(', ')}, ${heard.requests.length} parts drawn anew`,
  );
  expect(taken.seqs).toEqual(seqs.filter((seq) => seq > first));
  expect(missed).toBeGreaterThan(5);
  expect(heard.joins.length).toBeGreaterThanOrEqual(2);
  // What had left the server before the cut may still arrive.
  expect(heard.frames.filter((at) => at > cut.from + 500 && at < cut.to)).toEqual([]);
  expect(pollsOf(heard)).toEqual([]);
  // Nobody tells the page anything now: the question it had begun, the one after it, and one for what changed last.
  expect(heard.requests.filter(({ at }) => at > cut.from && at < cut.to).length).toBeLessThanOrEqual(3);
  const spoken = rows.filter(({ seq, type, body }) => seq > first && isNews(type) && lineOf(type, body) !== null);
  expect(taken.news.map(([seq]) => seq)).toEqual(spoken.map((row) => row.seq));
  const lines = taken.news.map(([, at, , , who, text]) => `${new Date(at).toISOString()} ${who} ${text}`);
  expect(lines.length).toBeGreaterThan(10);
  expect(await heard.lines()).toEqual(lines);
};

/** From 2409 to 2410 while citizens visit: every page all the time, every app observed at the new version. */
export const updateTheme = (world: World): void => {
  theme('update', () => {
    test('three desa change release without one failed visit, watched live across a cut of 30 s', async () => {
      const installation = world.installation();
      const admin = world.admin();
      const { page, go, picture } = admin;
      const before = { containers: await villageContainers(installation), people: await people(installation) };
      admin.complaints();
      await go('/');
      await picture('18-ringkasan-terpasang');
      await go('/pembaruan');
      await picture('19-pembaruan');
      await page.click('a[href="/pembaruan/baru?action=update"]');
      const heard = await hearBoard(page);
      const watch = [watchSites(installation, fronts, 4), watchSites(installation, payments, 2)];
      const versions = Object.fromEntries(APPS.map((app) => [app, '2410.0.0']));
      const id = await startOnScreen(admin, '20-perbarui', versions);
      await page.waitForSelector('[data-live-mark]:not([hidden])');
      await awaitSeq(page, (await seqOf(page)) + 3);
      await picture('21-papan-berjalan');
      const cut = await cutTheNetwork(admin);
      await page.waitForSelector('[data-live-mark][data-live=on]', { timeout: 30_000 });
      await picture('23-papan-tersambung');
      const document = await awaitRollout(installation, id);
      const [front, payment] = await Promise.all(watch.map((one) => one.stop()));
      expect({ state: document.state, counts: document.counts }).toMatchObject({
        state: 'completed',
        counts: { done: 9, failed: 0, quarantined: 0, skipped: 0 },
      });
      console.info(`update: ${front?.sent} visits of / and /api/, ${payment?.sent} of /pbb/ (${payment?.held} held)`);
      expect(front).toMatchObject({ held: 0, failed: [] });
      expect(payment?.failed).toEqual([]);
      expect(front?.sent).toBeGreaterThan(60);
      // Its own dump and migration happen behind a planned and announced pause.
      expect(payment?.held).toBeGreaterThan(0);
      expect(document.members.map((one) => one.probes.failed)).toEqual(Array.from({ length: 9 }, () => 0));
      await awaitSeq(page, document.lastSeq);
      for (const one of VILLAGES) await page.waitForSelector(`.sp-t[href="?desa=${one.kode}"][data-s=done]`);
      await page.waitForSelector(`[data-swap=head] :text-is("${MESSAGES.id.states.rollout.completed}")`);
      await expectWholeStream(installation, { id, heard, cut });
      await picture('24-papan-selesai');
      expect(await migrations(installation)).toContain('2024100101');
      expect(await people(installation)).toEqual(before.people);
      const old = new Set(before.containers.map((one) => one.Id));
      const now = await villageContainers(installation);
      expect(now).toHaveLength(9);
      expect(now.filter((one) => old.has(one.Id)).map(nameOf)).toEqual([]);
      for (const one of before.containers)
        await expect(docker.getContainer(one.Id).inspect()).rejects.toMatchObject({ statusCode: 404 });
    });

    test('its report names every desa, with the steps behind each on the board', async () => {
      const admin = world.admin();
      const { page, go, picture } = admin;
      const board = page.url();
      await page.click(`.sp-t[href="?desa=${VILLAGES[0]?.kode ?? ''}"]`);
      await page.waitForSelector('[data-drawer] ol li');
      await picture('25-papan-laci');
      await go(`${board}/laporan`);
      const report = await page.locator('article.sp-paper').innerText();
      for (const one of VILLAGES) expect(report).toContain(one.nama);
      expect(report).toContain('2410.0.0');
      await picture('26-laporan');
      await go('/');
      await picture('27-ringkasan-sesudah');
      await page.goto('about:blank');
    });

    test('the new version is what was observed, and each page is still its own', async () => {
      const installation = world.installation();
      for (const one of await desaList(installation)) {
        expect(one.status).toBe('healthy');
        expect(one.instances.map((instance) => [instance.app, instance.observedRelease, instance.behind])).toEqual(
          APPS.map((app) => [app, '2410.0.0', false]),
        );
      }
      for (const one of VILLAGES) {
        const text = readable((await visit(installation, one.host, '/')).body);
        expect(text).toContain(one.title);
        expect(text).toContain('2410.0.0');
      }
    });
  });
};
