import { z } from 'zod';
import type { Release } from '../../domain/release';
import { importRequestSchema } from '../../domain/release-request';
import { amount, id, idParams, iso, time } from './fields';
import { listOperation } from './list-operation';
import { operation, type OperationContext } from './operation';

export const releaseDocument = z.object({
  id,
  app: z.string(),
  version: z.string(),
  channel: z.enum(['umum', 'premium']),
  state: z.enum(['fetching', 'verifying', 'storing', 'building', 'ready', 'refused', 'removing']),
  phpLine: z.string().nullable(),
  schemaVersion: z.string().nullable(),
  checksum: z.string().nullable(),
  bytes: amount.nullable(),
  files: amount.nullable(),
  image: z.string().nullable(),
  lint: z.array(z.object({ path: z.string(), line: z.int(), message: z.string() })).readonly(),
  source: z.string(),
  tag: z.string().nullable(),
  notes: z.string().nullable(),
  reasonCode: z.string().nullable(),
  reason: z.string().nullable(),
  usedBy: amount,
  requestedBy: z.string(),
  createdAt: time,
  readyAt: time.nullable(),
});
export type ReleaseAnswer = z.output<typeof releaseDocument>;

type Sentence = OperationContext['sentence'];
const documentOf = (one: Release, usedBy: number, sentence: Sentence): z.input<typeof releaseDocument> => ({
  ...one,
  reasonCode: one.reason?.code ?? null,
  reason: one.reason === null ? null : sentence(one.reason),
  usedBy,
  createdAt: one.createdAt.toISOString(),
  readyAt: iso(one.readyAt),
});
/** What people and scripts see of releases, with how many use each. */
const documentsOf = async (
  { deps, sentence }: OperationContext,
  releases: readonly Release[],
): Promise<z.input<typeof releaseDocument>[]> => {
  const used = await deps.releases.usage();
  return releases.map((one) => documentOf(one, used.get(one.id) ?? 0, sentence));
};
const one = async (context: OperationContext, wanted: string): Promise<z.input<typeof releaseDocument>> => {
  const release = await context.deps.releases.find(context.actor, wanted);
  const used = await context.deps.releases.usage();
  return documentOf(release, used.get(release.id) ?? 0, context.sentence);
};

export const releaseList = listOperation({
  name: 'release.list',
  summary: 'Releases, newest first',
  method: 'get',
  path: '/releases',
  action: 'release.read',
  cli: ['release list'],
  screens: ['get /rilis'],
  item: releaseDocument,
  key: (release) => release.id,
  order: 'desc',
  columns: [
    { name: 'app', of: (release) => release.app },
    { name: 'version', of: (release) => release.version },
    { name: 'channel', of: (release) => release.channel },
    { name: 'state', of: (release) => release.state },
    { name: 'php', of: (release) => release.phpLine },
    { name: 'usedBy', of: (release) => release.usedBy },
    { name: 'id', of: (release) => release.id },
  ],
  rows: async (context) => documentsOf(context, await context.deps.releases.list(context.actor)),
});

export const releaseShow = operation({
  name: 'release.show',
  summary: 'One release',
  method: 'get',
  path: '/releases/{id}',
  action: 'release.read',
  cli: ['release show'],
  screens: ['get /rilis/:id'],
  params: idParams,
  answer: releaseDocument,
  run: (context, input) => one(context, input.id),
});

export const releaseImport = operation({
  name: 'release.import',
  summary: 'Bring a release in: folder or archive on the server, or git URL with tag; the answer is its beginning',
  method: 'post',
  path: '/releases',
  action: 'release.import',
  cli: ['release import'],
  screens: ['post /rilis/impor'],
  status: 202,
  body: importRequestSchema,
  answer: releaseDocument,
  run: async (context, input) => one(context, await context.deps.releases.import(context.actor, input)),
});

export const releaseRemove = operation({
  name: 'release.remove',
  summary: 'Remove a release that nobody uses',
  method: 'delete',
  path: '/releases/{id}',
  action: 'release.prune',
  cli: ['release remove'],
  screens: ['get /rilis/:id/hapus', 'post /rilis/:id/hapus'],
  status: 202,
  params: idParams,
  answer: releaseDocument,
  async run(context, input) {
    await context.deps.releases.remove(context.actor, input.id);
    return one(context, input.id);
  },
});

export const releasePrune = operation({
  name: 'release.prune',
  summary: 'Remove refused releases and those nobody uses, except the newest two of each app; dryRun only names them',
  method: 'post',
  path: '/releases/prune',
  action: 'release.read',
  cli: ['release prune'],
  screens: ['get /rilis', 'post /rilis/:id/hapus'],
  body: z.strictObject({ dryRun: z.boolean().default(false) }),
  answer: z.array(releaseDocument),
  async run(context, { dryRun }) {
    const { deps, actor } = context;
    const going = await deps.releases.prunable(actor);
    if (!dryRun) for (const release of going) await deps.releases.remove(actor, release.id);
    return documentsOf(context, going);
  },
});
