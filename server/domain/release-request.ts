import { z } from 'zod';
import { appName } from './rollout-request';

const tag = z.string().trim().min(1).max(32);

/** What an import needs, whichever door it comes through. `location`: absolute path on the server, or git URL. */
export const importRequestSchema = z.strictObject({
  app: appName,
  location: z.string().trim().min(1).max(400),
  tag: tag.nullable().default(null),
  channel: z.enum(['umum', 'premium']).nullable().default(null),
  /** Of a private git repository; kept encrypted. */
  credential: z.string().trim().min(1).max(4000).nullable().default(null),
});
