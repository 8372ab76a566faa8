import { z } from 'zod';
import { amount, time } from './fields';
import { listOperation } from './list-operation';
import { operation } from './operation';

/** Room for ten thousand million acts; text so that numbers sort as text does. */
const DIGITS = 10;
const exact = z.string().trim().min(1).max(190).exactOptional();

export const auditList = listOperation({
  name: 'audit.list',
  summary: 'Every act: who, what, before, after; newest first',
  method: 'get',
  path: '/audit',
  action: 'audit.read',
  cli: ['audit list'],
  screens: ['get /jejak-audit', 'get /jejak-audit.csv'],
  query: z.strictObject({ act: exact, object: exact, actor: exact }),
  item: z.object({
    id: amount,
    actor: z.string(),
    act: z.string(),
    object: z.string(),
    before: z.unknown(),
    after: z.unknown(),
    at: time,
  }),
  key: (one) => String(one.id).padStart(DIGITS, '0'),
  order: 'desc',
  columns: [
    { name: 'id', of: (one) => one.id },
    { name: 'at', of: (one) => one.at },
    { name: 'actor', of: (one) => one.actor },
    { name: 'act', of: (one) => one.act },
    { name: 'object', of: (one) => one.object },
    { name: 'after', of: (one) => (one.after === null ? null : JSON.stringify(one.after)) },
  ],
  async rows({ deps, actor }, filter, { limit, after }) {
    const place = { limit, ...(after === null ? {} : { beforeId: Number(after) }) };
    const items = await deps.audit.list(actor, { ...filter, ...place });
    return items.map((one) => ({ ...one, at: one.at.toISOString() }));
  },
});

export const auditVerify = operation({
  name: 'audit.verify',
  summary: 'Whether the chain of acts is whole: nothing changed, nothing missing',
  method: 'get',
  path: '/audit/verify',
  action: 'audit.read',
  cli: ['audit verify'],
  screens: ['get /jejak-audit'],
  answer: z.object({
    intact: z.boolean(),
    entries: amount.nullable(),
    brokenAt: amount.nullable(),
    reason: z.enum(['changed', 'truncated']).nullable(),
  }),
  async run({ deps, actor }) {
    const verdict = await deps.audit.verify(actor);
    return verdict.intact
      ? { intact: true, entries: verdict.entries, brokenAt: null, reason: null }
      : { intact: false, entries: null, brokenAt: verdict.brokenAt, reason: verdict.reason };
  },
});
