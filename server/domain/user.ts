import type { Actor, Role } from './actor';

export type Locale = 'id' | 'en';
export const LOCALES: readonly Locale[] = ['id', 'en'];
export type UserRole = Exclude<Role, 'system'>;
export interface User {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: UserRole;
  /** Region the role is limited to; null = the whole installation. */
  readonly wilayahKode: string | null;
  readonly locale: Locale;
  readonly failedSignIns: number;
  readonly lockedUntil: Date | null;
  readonly lastSeenAt: Date | null;
  readonly createdAt: Date;
}

export const actorOf = (user: User): Actor => ({
  kind: 'user',
  id: user.id,
  name: user.name,
  role: user.role,
  wilayahKode: user.wilayahKode,
});
