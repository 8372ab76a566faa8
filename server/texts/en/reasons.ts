import type { Messages } from '../id';
import { reasonsOf, shortId, withMebibytes, withValue, type ReasonValues } from '../reason-text';
import { causeReasons } from './cause-reasons';
import { certificateReasons } from './certificate-reasons';
import { doctorReasons, planReasons } from './plan-reasons';
import { releaseReasons } from './release-reasons';
import { states } from './states';

const old = reasonsOf('No citizens. The old version goes on serving.');
const stay = reasonsOf('All desa stay on their present version and respond.');
const none = reasonsOf('Nothing has changed.');
const unsure = reasonsOf('Not known yet whether citizens are hurt.');
const away = reasonsOf('Citizens see a waiting page; no data is lost.');
const hurt = reasonsOf('Citizens of this desa get no right answer.');
const again = 'Retry. If it happens again, open the log of this step.';
const log = 'Open the log of this step, remove the cause, then retry.';
const doctor = 'Run ./siappakai doctor on the server, then retry.';
/** "Update 01J…": which change. */
const changeOf = (p: ReasonValues): string =>
  `${withValue(p, 'kind', (kind) => new Map(Object.entries(states.kind)).get(kind) ?? kind)} ${shortId(p('rollout'))}`;
/** What a migration of the release says it makes, and the database does not have. */
const promised = (p: ReasonValues): string =>
  withValue(p, 'missing', (missing) => `: ${missing} of ${p('migration')} is not in the database`);
const told = (p: ReasonValues): string => withValue(p, 'firstError', (text) => ` It said: ${text}`);

export const reasons: Messages['reasons'] = {
  wrong_identity: old(
    (p) => `answers as another desa${withValue(p, 'observed', (kode) => `: ${kode}`)}`,
    (p) => `Another desa answers${withValue(p, 'observed', (kode) => `: ${kode} instead of ${p('expected')}`)}.`,
    'Check app_key and route of this desa, then retry.',
  ),
  wrong_version: old(
    (p) => `version ${p('observed')} answers`,
    (p) => `Version ${p('observed')} answers instead of ${p('expected')}.`,
    again,
  ),
  wrong_name: old(
    'name of the desa missing on the page',
    (p) => `The page ${p('path')} lacks “${p('expected')}”.`,
    again,
  ),
  http_status: old(
    (p) => withValue(p, 'status', (status) => `answers HTTP ${status}`) || 'answers with a fault',
    (p) =>
      `The page${withValue(p, 'path', (path) => ` ${path}`)} ${withValue(p, 'status', (status) => `answers HTTP ${status} instead of 200`) || 'answers with a fault'}.`,
    'Open the log for the PHP fault, correct it, then retry.',
  ),
  not_answering: old('does not respond', 'The public address did not answer in time.', again),
  identity_unreadable: old(
    'answer to the probe unreadable',
    'The app answered the probe with content that cannot be read.',
    log,
  ),
  not_ready: old(
    (p) => `not ready${withValue(p, 'faults', (faults) => `: ${faults}`)}`,
    (p) => `The app lives but says it is not ready${withValue(p, 'faults', (faults) => `: ${faults}`)}.`,
    log,
  ),
  unmeasured: unsure(
    'could not be measured',
    'The answer cannot be proven. Neither passed nor failed.',
    'Measured again every 5 s, at most 20 times.',
  ),
  proxy_unreachable: unsure(
    'could not be measured: proxy out of reach',
    'The probe did not reach the proxy, so nothing can be proven. Neither passed nor failed.',
    'Measured again every 5 s. If it lasts, run ./siappakai doctor.',
  ),
  shared_database_away: away(
    'shared database out of reach',
    'The database of all desa does not answer, so the state of this site is not known yet.',
    'It comes back by itself as soon as the database answers. If it lasts, run ./siappakai doctor.',
  ),
  held: none(
    'held on purpose',
    'Traffic of PBB is held briefly while its data is migrated.',
    'It opens again by itself.',
  ),
  dns_elsewhere: hurt(
    'DNS points elsewhere',
    (p) => `${p('host')} points to ${p('address')}, not to this server.`,
    'Correct the DNS record of this desa.',
  ),
  container_exited: old(
    (p) => `container ended (${p('exitCode')})`,
    (p) => `The new container ended with code ${p('exitCode')}.`,
    log,
  ),
  container_restarted: old(
    'container restarted by itself',
    'The new container died and was restarted while it was soaking.',
    log,
  ),
  container_gone: old('container gone', 'The new container is no longer on the engine.', again),
  out_of_memory: old(
    'out of memory',
    (p) => `The new container ran out of memory${withValue(p, 'limit', (limit) => ` at its limit of ${limit}`)}.`,
    'Raise the memory limit, then retry.',
  ),
  address_missing: old('container without address', 'The new container got no network address.', doctor),
  provision_failed: old(
    (p) => `command failed${withValue(p, 'cause', (cause) => `: ${cause}`)}`,
    (p) => `The command ran and failed${withValue(p, 'cause', (cause) => ` (${cause})`)}.`,
    log,
  ),
  migration_failed: stay(
    (p) => `migration failed${withValue(p, 'cause', (cause) => `: ${cause}`)}`,
    (p) =>
      `The migration of the shared schema failed${withValue(p, 'cause', (cause) => ` (${cause})`)}${promised(p)} and no desa was switched.${told(p)}`,
    log,
  ),
  own_migration_failed: old(
    (p) => `migration of its own database failed${withValue(p, 'cause', (cause) => `: ${cause}`)}`,
    (p) =>
      `The migration of this app's own database failed${withValue(p, 'cause', (cause) => ` (${cause})`)}${promised(p)}; its content was brought back from the dump made just before.${told(p)}`,
    log,
  ),
  follow_up_failed: stay('shared migration failed', 'The shared migration after installing failed.', log),
  fingerprint_differs: stay(
    'schema fingerprint differs',
    'The schema after the migration is not the expected one.',
    'Do not go on before the cause is clear; open the migration log.',
  ),
  desa_behind: stay(
    (p) => `${p('count')} desa are behind`,
    (p) => `${p('count')} desa, ${p('first')} among them, still run older code; the migration is held.`,
    'Update the desa that are behind first.',
  ),
  database_missing: none('database missing', 'The shared database is not prepared, or its key is missing.', doctor),
  schema_missing: none(
    'own database missing',
    'The own database of this app was not created.',
    'Install this app for this desa again.',
  ),
  template_tenant: none(
    'template row protected',
    'The template row of OpenSID must not be removed.',
    'Check the number of the desa in the database.',
  ),
  not_installed: none('not installed', 'This app is not installed for this desa.', 'Install it first, then try again.'),
  app_unknown: none(
    'unknown app',
    (p) => `This version of the dashboard does not know the app ${p('app')}.`,
    'Update the dashboard, then try again.',
  ),
  subject_gone: none('gone', 'What should be changed was removed.', 'Make a new plan.'),
  release_not_ready: none(
    (p) => `release ${p('release')} not ready`,
    (p) => `Release ${p('release')} is not ready or was removed.`,
    'Import that release, then retry.',
  ),
  plan_too_old: none(
    'plan of an older version',
    'This plan was made by an older version of the dashboard.',
    'Make a new plan.',
  ),
  needed_app_missing: old(
    (p) => `needs ${p('app')}`,
    (p) => `${p('app')} is not installed for this desa.`,
    (p) => `Install ${p('app')} first.`,
  ),
  needed_app_failed: old(
    (p) => `${p('app')} did not succeed`,
    (p) => `${p('app')} of this desa did not succeed, so this app was not changed.`,
    (p) => `Correct ${p('app')}, then retry.`,
  ),
  undo_failed: hurt(
    'could not be undone',
    'The change failed and the old version could not be brought back.',
    'Open the log and retry at once.',
  ),
  old_release_gone: hurt(
    'old version gone',
    'The old version is no longer there to go back to.',
    'Retry at once, or choose another release.',
  ),
  same_failure: old(
    (p) => `the same fault in ${p('count')} desa`,
    (p) => `The same fault occurred in ${p('count')} desa.`,
    'Remove the cause and retry, or continue the rest.',
  ),
  cancelled: none(
    'cancelled',
    (p) => `Cancelled${withValue(p, 'by', (by) => ` by ${by}`)}.`,
    'Retry if it is still wanted.',
  ),
  already_there: none('already at this version', 'This desa already uses the wanted version.', 'Nothing to do.'),
  busy: none(
    (p) => `still part of ${changeOf(p)}`,
    (p) => `This desa is still part of ${changeOf(p)}, which is not over for it.`,
    (p) => `Wait for the end of ${p('rollout')} or cancel it, then plan again.`,
  ),
  changed_since: none(
    'changed again since',
    (p) => `This desa was changed again after this update${withValue(p, 'version', (version) => ` (now ${version})`)}.`,
    'Make a new plan for this desa.',
  ),
  provision_conflict: old(
    'belongs to somebody else',
    (p) => `What should be created exists but is not ours${withValue(p, 'name', (name) => `: ${name}`)}.`,
    'Rename it or remove the old one, then retry.',
  ),
  provision_not_found: old(
    'not found',
    (p) => `Something needed was not found${withValue(p, 'name', (name) => `: ${name}`)}.`,
    again,
  ),
  provision_unreachable: old(
    'not reachable',
    'The engine, database or proxy does not answer.',
    'Tried again by itself. If it lasts, run ./siappakai doctor.',
  ),
  provision_timeout: old('timed out', 'This step did not end in time.', again),
  provision_refused: old('refused', 'The request was refused: permission or password does not match.', doctor),
  provision_invalid: old(
    'invalid input',
    (p) => `The input cannot be used${withValue(p, 'message', (message) => `: ${message}`)}.`,
    log,
  ),
  provision_no_space: old(
    'disk full',
    (p) =>
      `The disk of the server has no room for this step${withMebibytes(p, 'needed', (needed) => `: ${needed} are needed`)}${withMebibytes(p, 'free', (free) => `, ${free} are free`)}.`,
    (p) =>
      withMebibytes(
        p,
        'missing',
        (missing) => `Free at least ${missing}: remove old snapshots or releases, then retry.`,
      ) || 'Remove old snapshots or releases, then retry.',
  ),
  unexpected: old(
    'unknown fault',
    (p) => `A fault that is not known yet${withValue(p, 'message', (message) => `: ${message}`)}.`,
    again,
  ),
  unknown: unsure(
    (p) => `cause without a sentence (${p('code')})`,
    (p) => `This cause has no sentence yet: code ${p('code')}.`,
    again,
  ),
  ...releaseReasons,
  ...planReasons,
  ...causeReasons,
  ...doctorReasons,
  ...certificateReasons,
};
