import type { Habit } from '../habit';
import type { AppName, Expected, Kind, Seen } from '../kind';
import { update } from '../outcome';
import { BOTH, green, red, releaseKind, SCRIPTED } from './make';

const failed =
  (cause: string): Kind['expected'] =>
  ({ app, target }): Expected => ({
    verdict: 'red',
    reasons: [app === 'opensid' ? 'migration_failed' : 'own_migration_failed'],
    // A real PBB is asked by a script of ours, which words some causes otherwise.
    ...(target === 'scripted' || app === 'opensid' ? { cause } : {}),
  });
const migrating = (habit: Habit): Habit => ({ from: '2410.0.0', structure: true, ...habit });
const FORGETS = `<?php

return static function (PDO $db): void {
    $db->exec("DELETE FROM migrations WHERE migration LIKE '2023%'");
};
`;
const PREPARED = ['opensid', 'pbb'] as const satisfies readonly AppName[];

/** The structure of a schema: half changed, not changed, changed without a word, not to be dumped. */
export const SCHEMA: readonly Kind[] = [
  releaseKind({
    name: 'failed-step-recorded',
    says: 'a step of the migration fails, is recorded as done, and the end is "berhasil"',
    apps: BOTH('opensid'),
    expected: failed('migration_logged_error'),
    habit: () => migrating({ sample: { migration: 'hides' }, ulah: { migrasi_gagal: true } }),
  }),
  releaseKind({
    name: 'migration-fails',
    says: 'the migration of the own schema fails and says so',
    apps: BOTH('pbb'),
    expected: failed('migration_failed'),
    habit: () => migrating({ sample: { migration: 'says' }, ulah: { migrasi_gagal: true } }),
  }),
  releaseKind({
    name: 'migration-silent',
    says: 'the migration changes nothing and says success',
    apps: BOTH(...PREPARED),
    expected: failed('structure_missing'),
    habit: () => migrating({ sample: { migration: 'silent' }, ulah: { migrasi_diam: true } }),
  }),
  releaseKind({
    name: 'half-migrated',
    says: 'not all of the migration is recorded, and it says success',
    apps: { scripted: PREPARED, real: ['pbb'] },
    expected: failed('not_migrated'),
    habit: () =>
      migrating({
        sample: { migration: 'half' },
        files: { 'database/migrations/2026_12_01_000000_lupa.php': FORGETS },
      }),
  }),
  releaseKind({
    name: 'migration-dies',
    says: 'the migration ends in the middle',
    apps: BOTH(...PREPARED),
    expected: failed('task_died'),
    habit: () => migrating({ sample: { migration: 'dies' }, php: 'if (! $web) { exit(1); }' }),
  }),
  {
    name: 'lock-held',
    says: 'somebody holds the lock of the schema for a while',
    apps: SCRIPTED('opensid'),
    reach: 'all',
    expected: green,
    async run(ground, spot): Promise<Seen> {
      const version = await ground.lay(spot.app, {});
      const mend = await ground.stranger.holdSchemaLock();
      const late = setTimeout(() => void mend(), 600);
      return update(ground, spot, version).finally(() => clearTimeout(late));
    },
  },
  {
    name: 'dump-broken',
    says: 'the dump before the migration breaks in the middle',
    apps: { scripted: PREPARED, real: ['pbb'] },
    reach: 'schema',
    expected: red('provision_failed', 'provision_invalid'),
    async run(ground, spot): Promise<Seen> {
      const version = await ground.lay(spot.app, migrating({}));
      const mend = await ground.stranger.breakDump(spot);
      return update(ground, spot, version).finally(mend);
    },
  },
  {
    name: 'disk-full',
    says: 'there is no room for the dump before the migration',
    apps: BOTH(...PREPARED),
    reach: 'all',
    expected: red('provision_no_space'),
    async run(ground, spot): Promise<Seen> {
      const version = await ground.lay(spot.app, migrating({}));
      const mend = await ground.stranger.fillDisk();
      return update(ground, spot, version).finally(mend);
    },
  },
];
