import type { FleetState } from '../fleet/plan';
import type { FleetWorld } from '../fleet/world';

/** What there is to look at in one seeded installation; null = nothing of the kind. */
export interface Ground {
  readonly state: FleetState;
  /** A desa that answers; in the empty state one that is not installed. */
  readonly kode: string;
  /** A desa with the worst that can be said of one. */
  readonly troubled: string | null;
  /** A desa whose first password nobody has seen yet. */
  readonly waiting: string | null;
  readonly rolloutId: string | null;
  /** A desa of that rollout whose update failed. */
  readonly member: string | null;
  /** An update that is over. */
  readonly ended: string | null;
  /** Newest release of each app, as a form sends it. */
  readonly newest: readonly string[];
  readonly used: string | null;
  readonly unused: string | null;
  readonly refused: string | null;
  readonly server: string | null;
  readonly otherServer: string | null;
  readonly dump: string | null;
  readonly linkPath: string;
}
type Rows = readonly Readonly<Record<string, unknown>>[];

/** Looks for one of each kind, the same ones in every run. `place` = of how many before it the first password is already seen. */
export const findGround = async (world: FleetWorld, state: FleetState, place: number): Promise<Ground> => {
  const { knex } = world.transact.read;
  const { rolloutId } = world.seeded;
  const one = async (sql: string, ...values: readonly string[]): Promise<string | null> => {
    const [rows] = (await knex.raw(sql, [...values])) as [Rows];
    const found = rows[0]?.['hit'];
    return typeof found === 'string' ? found.trim() : null;
  };
  const troubled = `SELECT wilayah_kode hit FROM instances WHERE app = 'opensid' AND observed = ? ORDER BY wilayah_kode LIMIT 1`;
  const release = 'SELECT r.id hit FROM releases r WHERE r.state = ? AND';
  const newest = await Promise.all(
    ['opensid', 'api', 'pbb'].map(async (app) => {
      const id = await one(
        `SELECT id hit FROM releases WHERE state = 'ready' AND app = ? ORDER BY id DESC LIMIT 1`,
        app,
      );
      return id === null ? [] : [`${app}@${id}`];
    }),
  );
  return {
    state,
    kode:
      (await one(
        `SELECT wilayah_kode hit FROM instances WHERE observed = 'healthy' GROUP BY wilayah_kode HAVING COUNT(*) = 3 AND MIN(observed_at) > UTC_TIMESTAMP() - INTERVAL 10 MINUTE ORDER BY wilayah_kode LIMIT 1`,
      )) ?? '11.08.12.2009',
    troubled: (await one(troubled, 'down')) ?? (await one(troubled, 'degraded')),
    waiting: await one(
      `SELECT kode hit FROM desa WHERE first_password_shown_at IS NULL ORDER BY kode DESC LIMIT 1 OFFSET ${place}`,
    ),
    rolloutId,
    member:
      rolloutId === null
        ? null
        : await one(
            `SELECT kode hit FROM rollout_members WHERE rollout_id = ? AND state = 'quarantined' ORDER BY position LIMIT 1`,
            rolloutId,
          ),
    ended: await one(
      `SELECT id hit FROM rollouts WHERE state = 'completed' AND kind = 'update' ORDER BY id DESC LIMIT 1`,
    ),
    newest: newest.flat(),
    used: await one(
      `${release} EXISTS (SELECT 1 FROM instances i WHERE i.release_id = r.id) ORDER BY r.id LIMIT 1`,
      'ready',
    ),
    unused: await one(
      `${release} NOT EXISTS (SELECT 1 FROM instances i WHERE i.release_id = r.id) ORDER BY r.id LIMIT 1`,
      'ready',
    ),
    refused: await one(`${release} TRUE LIMIT 1`, 'refused'),
    server: await one('SELECT name hit FROM servers WHERE ssh_host IS NULL LIMIT 1'),
    otherServer: await one('SELECT name hit FROM servers WHERE ssh_host IS NOT NULL ORDER BY name LIMIT 1'),
    dump: await one('SELECT id hit FROM dumps ORDER BY id LIMIT 1'),
    linkPath: new URL(await world.signInLink()).pathname,
  };
};
