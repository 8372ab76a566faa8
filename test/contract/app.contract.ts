import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AppAdapter, InstanceContext } from '../../provisioners/contracts';
import { property } from '../../provisioners/lib/php-app';
import { run } from '../../provisioners/lib/run';
import { until, type Served } from '../helpers/app-bench';
import { KLIRONG } from '../helpers/app-context';
import { APPS, sampleTree, type AppName, type AppWorld } from '../helpers/app-world';

const parsed = (text: string): Readonly<Record<string, unknown>> => ({ ...(JSON.parse(text) as object) });
const digits = (text: unknown): string => String(text).replace(/\D/g, '');

/** What every app must do in its container: one suite, the same for each. */
export function appContract(name: AppName, world: AppWorld): void {
  const app: AppAdapter = APPS[name];
  const ctx = (version: '2409.0.0' | '2410.0.0'): InstanceContext => world.ctx(name, KLIRONG, version);

  describe(`AppAdapter contract: ${name}`, () => {
    let old: Served;

    test('reads its sample and refuses another tree', async () => {
      const facts = await app.readRelease(sampleTree(name, '2410.0.0'), { label: 'folder' });
      expect(facts).toMatchObject({ version: '2410.0.0', channel: 'umum' });
      expect(facts.phpConstraint).toContain('^8');
      expect(facts.notes).toContain('2410.0.0');
      const empty = mkdtempSync(join(tmpdir(), 'sp-empty-'));
      await expect(app.readRelease(empty, { tag: 'v2410.0.0', label: 'v2410.0.0' })).rejects.toMatchObject({
        code: 'invalid',
        details: { reason: 'not_a_release' },
      });
      rmSync(empty, { recursive: true });
    });

    test('installs, and a second time changes nothing', async () => {
      const first = await world.install(name, KLIRONG, '2409.0.0');
      if (first === null) return;
      expect(first.facts['tenantId']).toEqual(expect.any(Number));
      const again = await world.task(name, 'provision', ctx('2409.0.0'));
      expect(again).toMatchObject({ ok: true, facts: { tenantId: first.facts['tenantId'] } });
    });

    test('serves its page and says who it is, with its own key only', async () => {
      old = await world.serve(name, KLIRONG, '2409.0.0');
      const mine = ctx('2409.0.0');
      const deep = await old.ask('/siappakai/sehat', { key: mine.identityKey });
      expect([deep.status, deep.body]).toEqual([200, expect.stringContaining('"ready":true')]);
      const identity = parsed(deep.body);
      expect(identity).toMatchObject({ app: name, version: '2409.0.0', faults: [] });
      expect(digits(identity['kode'])).toBe(KLIRONG.kodeAngka);
      const still = await old.ask('/siappakai/identitas', { key: mine.identityKey });
      expect(parsed(still.body)).toEqual({
        kode: KLIRONG.kode,
        app: name,
        release: '2409.0.0',
        instance: mine.instanceId,
      });
      for (const key of [undefined, 'f'.repeat(64)])
        for (const path of ['/siappakai/sehat', '/siappakai/identitas', '/siappakai/', '/siappakai/provision'])
          expect([path, (await old.ask(path, key === undefined ? {} : { key })).status]).toEqual([path, 404]);
      const proof = app.page(mine);
      const page = await old.ask(proof.path);
      expect(page.status).toBe(200);
      for (const text of proof.mustContain) expect(page.body).toContain(text);
      expect((await old.ask(proof.path, { host: 'lain.example' })).status).toBe(421);
    });

    test('runs as uid 33 with nothing it could use against the machine', async () => {
      const inspected = await run(['docker', 'inspect', old.container]);
      const facts = (JSON.parse(inspected.stdout) as unknown[])[0];
      const host = property(facts, 'HostConfig');
      expect(property(host, 'ReadonlyRootfs')).toBe(true);
      expect(property(host, 'CapDrop')).toEqual(['ALL']);
      expect(property(host, 'SecurityOpt')).toContain('no-new-privileges');
      for (const secret of [
        ctx('2409.0.0').identityKey,
        ctx('2409.0.0').database?.password,
        ctx('2409.0.0').secrets['app_key'],
      ])
        expect(inspected.stdout).not.toContain(secret);
      const status = await world.bench.session.exec(old.container, [
        'grep',
        '-E',
        '^(Uid|CapEff|CapBnd|NoNewPrivs)',
        '/proc/1/status',
      ]);
      expect(status.stdout).toMatch(
        /Uid:\s+33\s+33\s+33\s+33[\s\S]*CapEff:\s+0+\n[\s\S]*CapBnd:\s+0+\n[\s\S]*NoNewPrivs:\s+1/,
      );
      const write = await world.bench.session.exec(old.container, ['touch', '/app/x', '/konfig/x']);
      expect(write.exitCode).not.toBe(0);
    });

    test('a broken database shows as not ready, the liveness answer stays', async () => {
      const schema = world.schemaOf(name, KLIRONG);
      const user = ctx('2409.0.0').database?.user ?? '';
      const grant = (password: string): Promise<void> =>
        world.database.ensureUser({ name: user, password, schema, grant: 'dml' });
      await grant('another-password-altogether');
      const down = await old.ask('/siappakai/sehat', { key: ctx('2409.0.0').identityKey });
      expect(down.status).toBe(503);
      expect(down.body).toContain('database_down');
      expect((await old.ask('/siappakai/hidup')).status).toBe(204);
      await grant(ctx('2409.0.0').database?.password ?? '');
      await until(async () => (await old.ask('/siappakai/sehat', { key: ctx('2409.0.0').identityKey })).status === 200);
    });

    test('migrates once, and the new one answers beside the old one', async () => {
      if (app.tasks.migrate !== undefined) {
        const target = app.template === undefined ? KLIRONG : app.template;
        const newer = world.ctx(name, target, '2410.0.0');
        expect(await world.task(name, 'migrate', newer)).toMatchObject({ ok: true, reason: null });
        expect(await world.task(name, 'migrate', newer)).toMatchObject({ ok: true, reason: null });
      }
      const fresh = await world.serve(name, KLIRONG, '2410.0.0');
      const deep = await fresh.ask('/siappakai/sehat', { key: ctx('2410.0.0').identityKey });
      expect([deep.status, parsed(deep.body)['version']]).toEqual([200, '2410.0.0']);
      const page = await fresh.ask(app.page(ctx('2410.0.0')).path);
      for (const text of app.page(ctx('2410.0.0')).mustContain) expect(page.body).toContain(text);
      if (app.database !== 'own') expect((await old.ask(app.page(ctx('2409.0.0')).path)).status).toBe(200);
    });

    test('ends within its grace time when told to', async () => {
      await world.bench.session.stop(old.container, 10);
      // 137 when it had to be killed.
      expect((await world.bench.session.inspect(old.container))?.exitCode).toBe(0);
    });
  });
}
