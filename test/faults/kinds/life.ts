import { reply } from '../../helpers/pretended-apps';
import type { Kind } from '../kind';
import { ALL, BOTH, red, releaseKind, SCRIPTED } from './make';

const DEAD = ['not_answering', 'http_status', 'container_restarted'] as const;

/** Well at first, and then not: after the switch, in the middle of the soak, out of memory. */
export const LIFE: readonly Kind[] = [
  releaseKind({
    name: 'dies-at-start',
    says: 'the container ends as soon as it starts',
    apps: SCRIPTED(...ALL),
    expected: red('container_exited'),
    habit: () => ({ sample: { endsAfter: 0 } }),
  }),
  releaseKind({
    name: 'dies-in-soak',
    says: 'the container ends some seconds after citizens were sent to it',
    apps: BOTH(...ALL),
    expected: red(...DEAD),
    habit: () => ({
      answer: ({ publicFor, end }) => {
        if (publicFor < 1) return null;
        end('exit');
        return reply(0);
      },
      php: 'if ($web && $public && $publicFor >= 3) { posix_kill(posix_getppid(), SIGKILL); }',
    }),
  }),
  releaseKind({
    name: 'breaks-in-soak',
    says: 'pages become errors some seconds after citizens were sent to it',
    apps: BOTH(...ALL),
    expected: red('http_status'),
    habit: () => ({
      answer: ({ page, publicFor }) => (page > 0 && publicFor >= 1 ? reply(500) : null),
      php: 'if ($web && $public && $publicFor >= 3) { http_response_code(500); exit; }',
    }),
  }),
  releaseKind({
    name: 'breaks-behind-proxy',
    says: 'sound when asked directly, an error for everybody who comes through the proxy',
    apps: BOTH(...ALL),
    expected: red('http_status'),
    habit: () => ({
      answer: ({ page, isPublic }) => (page > 0 && isPublic ? reply(500) : null),
      php: 'if ($web && $public) { fungsi_yang_tidak_ada(); }',
    }),
  }),
  releaseKind({
    name: 'out-of-memory',
    says: 'every page takes more memory than the container has',
    apps: BOTH(...ALL),
    expected: ({ target }) => ({
      verdict: 'red',
      reasons: target === 'scripted' ? ['out_of_memory'] : ['out_of_memory', ...DEAD, 'container_exited'],
    }),
    habit: () => ({
      answer: ({ page, end }) => {
        if (page === 0) return null;
        end('oom');
        return reply(0);
      },
      php: "if ($web) { ini_set('memory_limit', '-1'); $isi = str_repeat('x', 1200 * 1024 * 1024); exit((string) strlen($isi)); }",
    }),
  }),
];
