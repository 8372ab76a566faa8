import type { SecretBox } from '../auth/secret-box';
import { ownOwner, SHARED_OWNER } from '../domain/names';
import type { Stores } from '../stores';
import { instanceSecretsContext, ownerContext } from './context';

/** Passwords of the accounts that own tenant schemas, by the account's name; null for one that is not ours. */
export const ownerPasswords =
  (stores: Pick<Stores, 'databases' | 'instances'>, box: SecretBox) =>
  async (user: string): Promise<string | null> => {
    if (user === SHARED_OWNER) {
      const database = (await stores.databases.list()).find((one) => one.ownerPassword !== null);
      return database?.ownerPassword == null
        ? null
        : box.decrypt(database.ownerPassword, ownerContext(database.name)).reveal();
    }
    const owned = (await stores.instances.all()).find((one) => ownOwner(one.app, one.wilayahKode) === user);
    if (owned?.secrets == null) return null;
    const secrets = box.decrypt(owned.secrets, instanceSecretsContext(owned.id)).reveal();
    return (JSON.parse(secrets) as Readonly<Record<string, string>>)['owner'] ?? null;
  };
