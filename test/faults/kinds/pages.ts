import { reply } from '../../helpers/pretended-apps';
import type { Asked, Habit } from '../habit';
import type { Kind } from '../kind';
import { ALL, BOTH, green, red, releaseKind } from './make';

const FATAL = 'PHP Fatal error: Uncaught Error: Call to undefined function';
const isPage = ({ page }: Asked): boolean => page > 0;
const everyPage = (status: number, body: string, php: string): Habit => ({
  answer: (asked) => (isPage(asked) ? reply(status, body) : null),
  php: `if ($web) { ${php} }`,
});

/** What citizens get is wrong while the app says of itself that it is well. */
export const PAGES: readonly Kind[] = [
  releaseKind({
    name: 'fatal-page',
    says: 'every page is a fatal error',
    apps: BOTH(...ALL),
    expected: red('http_status'),
    habit: () => ({ sample: { fatal: true }, ulah: { fatal: true } }),
  }),
  releaseKind({
    name: 'fatal-login',
    says: 'only the sign-in page of the office is a fatal error',
    apps: BOTH('opensid'),
    expected: red('http_status'),
    habit: () => ({
      answer: ({ path }) => (path === '/siteman' ? reply(500, FATAL) : null),
      php: "if ($web && $path === '/siteman') { fungsi_yang_tidak_ada(); }",
    }),
  }),
  releaseKind({
    name: 'fatal-citizens',
    says: 'only the sign-in page of citizens is a fatal error',
    apps: BOTH('opensid'),
    expected: red('http_status'),
    habit: () => ({
      answer: ({ path }) => (path === '/layanan-mandiri/masuk' ? reply(500, FATAL) : null),
      php: "if ($web && $path === '/layanan-mandiri/masuk') { fungsi_yang_tidak_ada(); }",
    }),
  }),
  releaseKind({
    name: 'lying-health',
    says: 'the app says it is well, its page is an error with status 200',
    apps: BOTH(...ALL),
    expected: red('wrong_name'),
    habit: () => everyPage(200, '<h1>Database Error</h1>', "exit('<h1>Database Error</h1>');"),
  }),
  releaseKind({
    name: 'empty-page',
    says: 'pages are empty, status 200',
    apps: BOTH(...ALL),
    expected: red('wrong_name'),
    habit: () => everyPage(200, '', 'exit;'),
  }),
  releaseKind({
    name: 'redirect-installer',
    says: 'every page leads to the installer (no configuration)',
    apps: BOTH(...ALL),
    expected: red('http_status'),
    habit: () => everyPage(302, '', "header('Location: /install', true, 302); exit;"),
  }),
  releaseKind({
    name: 'maintenance',
    says: 'every page is 503, under maintenance',
    apps: BOTH(...ALL),
    expected: red('http_status'),
    habit: () => everyPage(503, 'Sedang dirawat', "http_response_code(503); exit('Sedang dirawat');"),
  }),
  releaseKind({
    name: 'says-held',
    says: 'citizens get 503, and the app claims in our own words to be held on purpose',
    apps: BOTH(...ALL),
    expected: red('http_status'),
    habit: () => ({
      answer: (asked) => (isPage(asked) && asked.isPublic ? reply(503) : null),
      php: "if ($web && $public) { http_response_code(503); header('X-Siappakai: held'); exit; }",
    }),
  }),
  releaseKind({
    name: 'says-database-away',
    says: 'citizens get 503, and the app claims in our own words that the database is away',
    apps: { real: ALL },
    expected: red('http_status'),
    habit: () => ({
      php: "if ($web && $public) { http_response_code(503); header('X-Siappakai: away'); exit; }",
    }),
  }),
  releaseKind({
    name: 'slow-first-hit',
    says: 'the first page takes its time, the next ones do not',
    apps: { scripted: ALL, real: ['pbb', 'api'] },
    expected: green,
    habit: () => ({
      answer: ({ page }) => (page === 1 ? reply(0) : null),
      php: "if ($web && ! is_file('/tmp/pernah')) { touch('/tmp/pernah'); sleep(6); }",
    }),
  }),
  releaseKind({
    name: 'stumbling-start',
    says: 'the first three pages are 503, then all is well',
    apps: { scripted: ALL, real: ['pbb', 'api'] },
    expected: green,
    habit: () => ({
      answer: ({ page }) => (page > 0 && page <= 3 ? reply(503) : null),
      php: `if ($web && (int) @file_get_contents('/tmp/kali') < 3) {
        file_put_contents('/tmp/kali', (string) ((int) @file_get_contents('/tmp/kali') + 1));
        http_response_code(503);
        exit;
      }`,
    }),
  }),
  releaseKind({
    name: 'slow-beyond-limit',
    says: 'pages take longer than anybody waits',
    apps: { scripted: ALL, real: ['pbb'] },
    expected: red('not_answering'),
    habit: () => ({ answer: (asked) => (isPage(asked) ? reply(0) : null), php: 'if ($web) { sleep(17); }' }),
  }),
];
