import type { Habit } from '../habit';
import type { Kind } from '../kind';
import { refusal } from '../outcome';
import { BOTH, red } from './make';

const refused = (kind: Pick<Kind, 'name' | 'says' | 'apps' | 'expected'>, habit: Habit): Kind => ({
  ...kind,
  reach: 'desa',
  run: (ground, spot) => refusal(() => ground.lay(spot.app, { ...habit, imported: true })),
});
const CONSTANTS = 'donjo-app/helpers/opensid_helper.php';
const COMPOSER = 'composer.json';

/** What must not even come in; nothing of it is left. */
export const IMPORTS: readonly Kind[] = [
  refused(
    {
      name: 'refused-not-a-release',
      says: 'the folder is no release of the app',
      apps: BOTH('opensid'),
      expected: red('not_a_release'),
    },
    { edits: [[CONSTANTS, "define('VERSION'", "define('LAIN'"]] },
  ),
  refused(
    {
      name: 'refused-php',
      says: 'the release wants a PHP we do not have',
      apps: BOTH('opensid', 'pbb', 'api'),
      expected: red('php_unsupported'),
    },
    { edits: [[COMPOSER, /"php": "[^"]*"/, '"php": "^5.6"']] },
  ),
  refused(
    {
      name: 'refused-premium',
      says: 'the release is of the premium channel',
      apps: BOTH('opensid'),
      expected: red('premium_needs_token'),
    },
    { edits: [[CONSTANTS, "define('PREMIUM', false)", "define('PREMIUM', true)"]] },
  ),
];
