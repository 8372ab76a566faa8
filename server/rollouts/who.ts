import type { Deployment } from '../domain/deployment';
import type { Stores } from '../stores';

/** Whom a change is about, for the log: names have twins, so code, kecamatan and app stand beside them. */
export const whoOf = async (
  stores: Pick<Stores, 'databases' | 'rollouts'>,
  { subjectKind, subjectId, rolloutId }: Pick<Deployment, 'subjectKind' | 'subjectId' | 'rolloutId'>,
): Promise<Readonly<Record<string, string>>> => {
  if (subjectKind === 'database') return { database: (await stores.databases.find(subjectId))?.name ?? subjectId };
  const member = await stores.rollouts.member(rolloutId, subjectId);
  if (member === null) return { instance: subjectId };
  const { kode, nama, kecamatan, app } = member;
  return { kode, nama, kecamatan, app };
};
