import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { UserIds } from './service-user';

const mayEnter = (folder: string, user: UserIds): boolean => {
  const { mode, uid, gid } = statSync(folder);
  if (uid === user.uid) return (mode & 0o100) !== 0;
  return (mode & (gid === user.gid ? 0o010 : 0o001)) !== 0;
};

const ancestors = (of: string): readonly string[] => {
  const above = path.dirname(of);
  return above === of ? [of] : [...ancestors(above), above];
};

/** A closed folder that must be reached itself: then everything in it must be. */
const opened = (one: string, user: UserIds): readonly string[] =>
  statSync(one).isDirectory() && !mayEnter(one, user) ? readdirSync(one).map((entry) => path.join(one, entry)) : [one];

const isBelow = (one: string, folder: string): boolean => one.startsWith(`${folder}/`);

/** Topmost folders above `paths` that the user may not enter, e.g. /root for a checkout in root's home. */
const closedAncestors = (paths: readonly string[], user: UserIds): readonly string[] => {
  const closed = paths.flatMap((one) => ancestors(one).filter((folder) => folder !== '/' && !mayEnter(folder, user)));
  const unique = [...new Set(closed)].filter((folder) => !paths.includes(folder));
  return unique.filter((folder) => !unique.some((other) => isBelow(folder, other)));
};

/** The paths that live below a covered folder, outermost first, without those inside another kept one. */
const keptBelow = (paths: readonly string[], covered: readonly string[]): readonly string[] => {
  const kept = [...new Set(paths)].filter((one) => covered.some((folder) => isBelow(one, folder)));
  return kept.filter((one) => !kept.some((other) => isBelow(one, other))).sort();
};

/** What a user needs to come to `reach`: folders to cover with open ones, and what stays reachable in them. */
export interface Jail {
  readonly covered: readonly string[];
  readonly kept: readonly string[];
}
export const jailFor = (reach: readonly string[], user: UserIds): Jail => {
  const wanted = reach.flatMap((one) => opened(one, user));
  const covered = closedAncestors(wanted, user);
  return { covered, kept: keptBelow(wanted, covered) };
};

/** `argv` as a user without rights, capabilities or a way to get them back. Becomes that very process (no parent stays). */
export const jailedArgv = (
  argv: readonly string[],
  user: UserIds,
  reach: readonly string[],
  script: string,
): readonly string[] => {
  const ids = [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'];
  const dropped = ['setpriv', ...ids, '--no-new-privs', '--inh-caps=-all', '--bounding-set=-all', '--', ...argv];
  const { covered, kept } = jailFor(reach, user);
  if (covered.length === 0) return dropped;
  const namespace = ['unshare', '--mount', '--propagation', 'slave', '--'];
  return [...namespace, 'bash', script, ...covered, '--', ...kept, '--', ...dropped];
};
