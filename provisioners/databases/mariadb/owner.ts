import type { Account, Connections } from './connection';
import { ownerNameOf } from './grants';

/** Password of the account that owns a schema; null when nobody here knows it. */
export type OwnerPassword = (user: string) => Promise<string | null>;
/** The account whose right it is to change the structure of a schema; null = the administrator does it in its name. */
export type OwnerOf = (schema: string) => Promise<Account | null>;

export const ownersOf =
  (connections: Connections, passwordOf: OwnerPassword | undefined): OwnerOf =>
  async (schema) => {
    const user = passwordOf === undefined ? null : await ownerNameOf(connections, schema);
    const password = user === null ? null : ((await passwordOf?.(user)) ?? null);
    return user === null || password === null ? null : { user, password };
  };
