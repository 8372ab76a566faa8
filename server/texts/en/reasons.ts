import type { Messages } from '../id';
import type { ReasonText } from '../id/reasons';

const oldServes = () => 'No citizens. The old version goes on serving.';
const nobody = () => 'No desa is affected, nothing was kept.';
const allStay = () => 'All desa stay on their present version and respond.';
const retry = () => 'Remove the cause, then retry.';
const again = () => 'Retry. If it happens again, open the log of this step.';
const text = (
  short: string | ReasonText['short'],
  what: string | ReasonText['what'],
  next: string | ReasonText['next'],
  who: ReasonText['who'] = oldServes,
): ReasonText => ({
  short: typeof short === 'string' ? () => short : short,
  what: typeof what === 'string' ? () => what : what,
  who,
  next: typeof next === 'string' ? () => next : next,
});

export const reasons: Messages['reasons'] = {
  wrong_identity: text(
    (p) => `answers as another desa: ${p('observed')}`,
    (p) => `The new release answers as another desa: ${p('observed')} instead of ${p('expected')}.`,
    'Check app_key and route of this desa, then retry. If it happens again, make a support bundle.',
  ),
  wrong_version: text(
    (p) => `version ${p('observed')} answers`,
    (p) => `Version ${p('observed')} answers instead of ${p('expected')}.`,
    again,
  ),
  wrong_name: text(
    'name of the desa missing on the home page',
    (p) => `The home page lacks the name of the desa${p('expected') === '—' ? '' : ` “${p('expected')}”`}.`,
    again,
  ),
  http_status: text(
    (p) => `home page answers HTTP ${p('status')}`,
    (p) => `The home page answers HTTP ${p('status')} instead of 200.`,
    'Open the log of this step for the PHP fault, correct it, then retry.',
  ),
  not_answering: text('does not respond', 'The public address did not answer in time.', again),
  container_exited: text(
    (p) => `container ended (${p('exitCode')})`,
    (p) => `The new container ended with code ${p('exitCode')}.`,
    'Open the log of this step, correct the cause, then retry.',
  ),
  out_of_memory: text(
    (p) => `out of memory at ${p('limit')}`,
    (p) => `The new container ran out of memory. Its limit is ${p('limit')}.`,
    'Raise the memory limit, then retry.',
  ),
  not_ready: text(
    (p) => `not ready: ${p('faults')}`,
    (p) => `The app lives but says it is not ready: ${p('faults')}.`,
    retry,
  ),
  unmeasured: text(
    'could not be measured',
    'The probe key could not be read, so the answer cannot be proven. Neither passed nor failed.',
    'Measured again every 5 s, at most 20 times.',
    () => 'Not known yet whether citizens are hurt.',
  ),
  dns_elsewhere: text(
    'DNS points elsewhere',
    (p) => `${p('host')} points to ${p('address')}, not to this server.`,
    'Correct the DNS record of this desa.',
    () => 'Citizens do not reach this server.',
  ),
  migration_failed: text(
    'migration failed',
    'The schema migration failed and no desa was switched.',
    'Open the migration log, correct the cause, then try again.',
    allStay,
  ),
  migration_logged_error: text(
    'migration logged an error',
    'The migration says it succeeded but logged an error; its result is not trusted.',
    'Open the migration log, correct the cause, then try again.',
    allStay,
  ),
  fingerprint_differs: text(
    'schema fingerprint differs',
    'The schema after the migration is not the predicted one.',
    'Do not go on. Make a support bundle.',
    allStay,
  ),
  schema_busy: text(
    'schema in use by other work',
    'The shared schema is being changed by other work.',
    'Waited for by itself.',
    () => 'No citizens.',
  ),
  older_code_running: text(
    'some desa are behind',
    (p) => `Some desa still run ${p('release')}; the migration is held.`,
    'Update the desa that are behind first.',
    () => 'All desa go on responding.',
  ),
  token_needed: text(
    'needs an OpenDesa token',
    'This release is locked (encoded PHP or premium channel) and needs an OpenDesa token.',
    "Put in the customer's own OpenDesa token, or use the public release.",
    nobody,
  ),
  not_a_release: text(
    'not a release of this app',
    (p) => `The content is not a known release${p('message') === '—' ? '' : `: ${p('message')}`}.`,
    'Check app and file, then import again.',
    nobody,
  ),
  archive_broken: text(
    'archive incomplete',
    (p) => `The archive is incomplete: it ends at ${p('done')} of ${p('total')}.`,
    'Copy the archive again, then import again.',
    nobody,
  ),
  unsafe_path: text(
    'archive holds an unsafe path',
    (p) => `The archive holds a file outside its folder: ${p('path')}.`,
    'Take the archive from the official source.',
    nobody,
  ),
  php_unavailable: text(
    (p) => `needs PHP ${p('constraint')}`,
    (p) => `This release needs PHP ${p('constraint')}, which is not prepared.`,
    'Prepare that PHP line; the import then goes on.',
    nobody,
  ),
  provision_conflict: text(
    'belongs to somebody else',
    (p) => `What should be created exists but is not ours${p('name') === '—' ? '' : `: ${p('name')}`}.`,
    'Rename it or remove the old one, then retry.',
  ),
  provision_not_found: text(
    'not found',
    (p) => `Something needed was not found${p('name') === '—' ? '' : `: ${p('name')}`}.`,
    again,
  ),
  provision_unreachable: text(
    'not reachable',
    'The engine, database or proxy does not answer.',
    'Tried again by itself. If it lasts, run ./siappakai doctor.',
  ),
  provision_timeout: text('timed out', 'This step did not end in time.', again),
  provision_refused: text(
    'refused',
    'The request was refused: permission or password does not match.',
    'Run ./siappakai doctor, then retry.',
  ),
  provision_invalid: text(
    'invalid input',
    (p) => `The input cannot be used${p('reason') === '—' ? '' : `: ${p('reason')}`}.`,
    retry,
  ),
  provision_no_space: text(
    'disk full',
    (p) => `Not enough disk${p('need') === '—' ? '' : `: ${p('need')} needed, ${p('free')} free`}.`,
    'Remove old snapshots or releases, then retry.',
  ),
  provision_failed: text(
    'command failed',
    (p) => `The command ran and failed${p('exitCode') === '—' ? '' : ` (${p('exitCode')})`}.`,
    'Open the log of this step, correct the cause, then retry.',
  ),
  cancelled: text(
    'cancelled',
    (p) => `Cancelled${p('by') === '—' ? '' : ` by ${p('by')}`}.`,
    'Retry if it is still wanted.',
  ),
  already_there: text(
    'already at this version',
    'This desa already uses the wanted version.',
    'Nothing to do.',
    () => 'Nobody.',
  ),
  busy: text(
    'being changed',
    'This desa is part of another change.',
    'Wait for its end, then plan again.',
    () => 'Nobody.',
  ),
  dependency: text(
    (p) => `waits for ${p('app')}`,
    (p) => `${p('app')} of this desa did not succeed, so this app was not changed.`,
    (p) => `Retry ${p('app')} first.`,
  ),
  unexpected: text(
    'unknown fault',
    (p) => `A fault that is not known yet: ${p('message')}.`,
    'Retry. If it happens again, make a support bundle.',
  ),
  unknown: text(
    (p) => `cause without a sentence (${p('code')})`,
    (p) => `This cause has no sentence yet: code ${p('code')}.`,
    again,
  ),
};
