import type { causeReasons as idCauses } from '../id/cause-reasons';
import { reasonsOf } from '../reason-text';

const stay = reasonsOf('All desa stay on their present version and respond.');
const none = reasonsOf('Nothing has changed.');
const log = 'Open the log of this step, remove the cause, then retry.';
const again = 'Retry. If it happens again, run ./siappakai doctor on the server.';

export const causeReasons: typeof idCauses = {
  cause_not_migrated: stay(
    'migration incomplete',
    'The migration ended, but the new version is not recorded in the database.',
    log,
  ),
  cause_migration_logged_error: stay(
    'the migration logged an error',
    'The migration says it succeeded but logged an error; its result is not trusted.',
    log,
  ),
  cause_migration_failed: stay('migration command failed', 'The migration command ended with an error.', log),
  cause_structure_missing: stay(
    'claims success, its structure is missing',
    'The migration claims success, but tables or columns it makes are not in the database.',
    log,
  ),
  cause_lock_not_obtained: stay(
    'schema in use',
    'Other work is changing the shared schema.',
    'Wait for its end, then retry.',
  ),
  cause_schema_not_ready: stay('schema not ready', 'The shared schema is not complete.', log),
  cause_database_down: stay('database did not answer', 'The database did not answer during this task.', again),
  cause_task_died: stay('task died half way', 'The task stopped before its end.', log),
  cause_no_answer: stay('task did not report', 'The task ended without telling its result.', log),
  cause_initial_data_failed: none('initial data failed', 'The initial data of the desa could not be made.', log),
  cause_not_paired: none('number of the desa unknown', 'The row of the desa was not found in the database.', log),
  cause_provision_logged_error: none(
    'making the data logged an error',
    'Making the data of the desa says it succeeded but logged an error.',
    log,
  ),
  cause_tenant_missing: none('row of the desa missing', 'The database of this app has no row of the desa.', log),
  cause_incomplete_dump: none('snapshot not whole', 'The snapshot of the database stopped before its end.', again),
  cause_tables_missing: none(
    'tables missing in the snapshot',
    'The snapshot does not hold every table, so it is not used.',
    again,
  ),
  cause_rows_missing: none(
    'rows missing in the archive',
    'The archive does not hold every row of the desa, so nothing was removed.',
    again,
  ),
  cause_rows_left: none('rows left', 'Rows of this desa are still in the database.', log),
  cause_rows_referenced: none(
    'rows still referenced',
    'Other rows still refer to rows of this desa, so they were not removed.',
    log,
  ),
  cause_no_subnet: none(
    'container networks used up',
    'No free network range is left for this desa.',
    'Widen the address pools in /etc/docker/daemon.json, then retry.',
  ),
  cause_aborted: none('stopped', 'The work was stopped before its end.', 'Retry if it is still wanted.'),
};
