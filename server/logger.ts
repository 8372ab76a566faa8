import { destination, pino, type Logger } from 'pino';

export type { Logger };

/** What must not be written even when somebody logs a whole request or configuration. */
const REDACTED = [
  'password',
  '*.password',
  'token',
  '*.token',
  'secret',
  '*.secret',
  'headers.authorization',
  'headers.cookie',
  '*.headers.authorization',
  '*.headers.cookie',
];

/** JSON lines with ISO times. `part` is web, worker, supervisor or cli. ERROR means: wake somebody. */
export const createLogger = (part: string, stream: 'stdout' | 'stderr' = 'stdout'): Logger =>
  pino(
    {
      base: { part },
      level: 'info',
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: REDACTED, censor: '[rahasia]' },
    },
    destination({ dest: stream === 'stdout' ? 1 : 2, sync: true }),
  );
