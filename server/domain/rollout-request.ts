import { z } from 'zod';
import { kodeDesaSchema } from './kode-wilayah';
import { hostnameSchema } from './settings';
import type { RolloutRequest } from './rollout-plan';

export const ROLLOUT_REQUEST_KINDS = ['install', 'update', 'restart', 'stop', 'start', 'domain', 'remove'] as const;
export const appName = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/);
const version = z.string().trim().min(1).max(60);

/** Fields of what a person asks for, whichever door it comes through. */
export const rolloutRequestFields = {
  kind: z.enum(ROLLOUT_REQUEST_KINDS),
  kodes: z.array(kodeDesaSchema).min(1).max(10_000),
  apps: z.array(appName).max(20).default([]),
  releases: z.record(appName, version).default({}),
  hosts: z.record(z.string(), hostnameSchema).default({}),
};
export const rolloutRequestSchema = z.strictObject(rolloutRequestFields) satisfies z.ZodType<RolloutRequest>;
