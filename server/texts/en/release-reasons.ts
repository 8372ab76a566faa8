import type { releaseReasons as idReasons } from '../id/release-reasons';
import { reasonsOf, withValue } from '../reason-text';

const none = reasonsOf('No desa is affected, nothing was kept.');
const official = 'Take the archive from the official source, then import again.';
const copyAgain = 'Copy the archive again, then import again.';

export const releaseReasons: typeof idReasons = {
  not_a_release: none(
    'not a release of this app',
    (p) => `The content is not a release of the chosen app${withValue(p, 'path', (path) => `: ${path} is missing`)}.`,
    'Check app and file, then import again.',
  ),
  not_an_archive: none(
    'not an archive',
    (p) => `${p('path')} is not a .zip or .tar.gz archive.`,
    'Choose the right archive file.',
  ),
  not_a_folder: none('not a folder', (p) => `${p('path')} is not a folder.`, 'Check the place.'),
  no_source: none(
    'place not found',
    (p) => `There is no folder, archive or repository at ${p('location')}.`,
    'Check the place, then import again.',
  ),
  truncated: none('archive cut short', 'The archive ends before it is complete.', copyAgain),
  corrupt: none(
    'archive damaged',
    (p) => `The archive is damaged${withValue(p, 'path', (path) => `: ${path}`)}.`,
    copyAgain,
  ),
  encrypted_archive: none('archive locked', 'The archive has a password.', 'Unlock it first, then import again.'),
  too_large: none(
    'too large',
    (p) => `The content exceeds the limit${withValue(p, 'limit', (limit) => ` of ${limit} bytes`)}.`,
    official,
  ),
  too_many_files: none('too many files', (p) => `The archive holds more than ${p('limit')} files.`, official),
  zip_bomb: none('suspicious archive', 'The content grows beyond reason.', official),
  traversal: none('unsafe path', (p) => `The archive holds a file outside its folder: ${p('path')}.`, official),
  absolute_path: none('unsafe path', (p) => `The archive holds an absolute path: ${p('path')}.`, official),
  link_outside: none(
    'link to the outside',
    (p) => `The archive holds a link out of its folder${withValue(p, 'path', (path) => `: ${path}`)}.`,
    official,
  ),
  device: none('device file', (p) => `The archive holds a device file: ${p('path')}.`, official),
  duplicate_path: none('double file', (p) => `The archive holds ${p('path')} more than once.`, official),
  bad_name: none('damaged file name', 'The archive holds a file name that cannot be read.', official),
  protocol_refused: none(
    'address refused',
    (p) => `Addresses of ${p('scheme')} are not supported.`,
    'Use an https address.',
  ),
  credential_in_url: none(
    'token in the address',
    'The address of the repository holds a password or token.',
    'Move it to Access token; addresses are kept in the history.',
  ),
  credential_refused: none(
    'token refused',
    'The repository refuses the access token.',
    'Check the token and its rights, then import again.',
  ),
  tag_required: none('tag missing', 'A repository needs one tag.', 'Give a tag, for example v2410.0.0.'),
  tag_invalid: none(
    'invalid tag',
    (p) => `“${p('tag')}” is not the name of a tag.`,
    'Give a tag, for example v2410.0.0.',
  ),
  tag_not_found: none('no such tag', (p) => `That repository has no tag ${p('tag')}.`, 'Check the name of the tag.'),
  repository_unreachable: none(
    'repository out of reach',
    'The repository does not answer.',
    'Check the network of the server, or import from a file.',
  ),
  git_failed: none('git failed', 'Fetching from the repository failed.', 'Try again, or import from a file.'),
  git_missing: none('git missing', 'The server has no git.', 'Install git, or import from a file.'),
  version_mismatch: none(
    'version differs from tag',
    (p) => `Tag ${p('tag')} holds version ${p('version')}.`,
    'Choose the right tag.',
  ),
  version_invalid: none('unreadable version', (p) => `Version “${p('version')}” cannot be read.`, official),
  channel_mismatch: none(
    'channel differs',
    (p) => `Channel ${p('channel')} was chosen, the content is ${p('found')}.`,
    'Choose the right channel, then import again.',
  ),
  premium_needs_token: none(
    'needs an OpenDesa token',
    "A premium release needs the customer's OpenDesa token.",
    'Use the public release, or put in an OpenDesa token.',
  ),
  encoded_php: none(
    'needs an OpenDesa token',
    (p) => `${p('files')} PHP files are locked, ${p('path')} among them; this release needs an OpenDesa token.`,
    'Use the public release, or put in an OpenDesa token.',
  ),
  php_unsupported: none(
    (p) => `needs PHP ${p('constraint')}`,
    (p) => `This release needs PHP ${p('constraint')}; prepared are ${p('offered')}.`,
    'Use another release, or update the dashboard.',
  ),
  composer_unreadable: none('composer.json unreadable', (p) => `${p('path')} cannot be read.`, official),
  no_vendor_no_lock: none('libraries incomplete', 'The release brings neither vendor nor composer.lock.', official),
  lint_failed: none('PHP check failed', 'The check of the PHP files could not be run.', 'Import again.'),
  release_differs: none(
    'content differs',
    (p) => `Version ${p('version')} is kept with other content; releases never change.`,
    'Use the one that is there, or remove it when it is not in use.',
  ),
};
