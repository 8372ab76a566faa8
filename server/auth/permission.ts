import type { Actor, Role } from '../domain/actor';
import { AppError } from '../domain/errors';

export type Action =
  | 'setup.run'
  | 'desa.read'
  | 'desa.install'
  | 'desa.update'
  | 'desa.restart'
  | 'desa.stop'
  | 'desa.domain'
  | 'desa.remove'
  | 'desa.password'
  | 'desa.logs'
  | 'release.read'
  | 'release.import'
  | 'release.prune'
  | 'rollout.read'
  | 'rollout.control'
  | 'settings.read'
  | 'settings.write'
  | 'server.read'
  | 'server.write'
  | 'database.shell'
  | 'database.dump'
  | 'database.read'
  | 'backup.read'
  | 'backup.write'
  | 'profile.own'
  | 'audit.read'
  | 'wilayah.read'
  | 'wilayah.import'
  | 'user.read'
  | 'user.write'
  | 'sign_in.link'
  | 'token.read'
  | 'token.write';

const READ: readonly Action[] = [
  'desa.read',
  'release.read',
  'rollout.read',
  'settings.read',
  'server.read',
  'database.read',
  'backup.read',
  'audit.read',
  'wilayah.read',
];
/** What everybody with an account may do with it. */
const OWN: ReadonlySet<Action> = new Set(['profile.own']);
const TABLE: Readonly<Record<Role, readonly Action[] | 'all'>> = { admin: 'all', system: 'all', observer: READ };

/** Default deny. A role limited to a region may act only on codes inside it. */
export const may = (actor: Actor, action: Action, kode?: string): boolean => {
  if (OWN.has(action)) return actor.kind === 'user';
  const actions = TABLE[actor.role];
  if (actions !== 'all' && !actions.includes(action)) return false;
  if (actor.wilayahKode === null) return true;
  return kode !== undefined && (kode === actor.wilayahKode || kode.startsWith(`${actor.wilayahKode}.`));
};

/** Throws AppError('not_allowed') unless the actor may. First line of every service method. */
export const authorize = (actor: Actor, action: Action, kode?: string): void => {
  if (!may(actor, action, kode)) throw new AppError('not_allowed', { action });
};
