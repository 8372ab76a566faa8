import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { createFile, ownRights, replaceFile } from '../atomic-file';
import { AppError, errnoOf } from '../domain/errors';
import { Secret } from '../domain/secret';

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

const keyFileSchema = z.object({
  /** Oldest first; the last one encrypts, all of them decrypt. */
  keys: z
    .array(z.object({ id: z.string().regex(/^[a-z0-9]{8}$/), key: z.string().regex(/^[A-Za-z0-9_-]{43}$/) }))
    .min(1),
});
type KeyFile = z.infer<typeof keyFileSchema>;

/** Encrypts values for the database. `context` (e.g. `desa_secrets:01J…:token`) is authenticated: a value moved elsewhere does not open. */
export interface SecretBox {
  readonly newestKeyId: string;
  /** `v1.<key id>.<base64url of iv, tag and ciphertext>`. */
  encrypt(plain: string | Secret, context: string): string;
  /** Throws AppError('secret_unreadable') when key, context or content do not fit. */
  decrypt(stored: string, context: string): Secret;
  /** True when `stored` was encrypted by an older key and should be written again. */
  isOutdated(stored: string): boolean;
}

const newKey = (): KeyFile['keys'][number] => ({
  id: randomBytes(4).toString('hex'),
  key: randomBytes(KEY_BYTES).toString('base64url'),
});

const textOf = (content: KeyFile): string => `${JSON.stringify(content, null, 2)}\n`;

const readKeyFile = (file: string): KeyFile => {
  try {
    return keyFileSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new AppError('key_missing', { file, errno: errnoOf(error) }, { cause: error });
  }
};

/** Makes the key file with one key (0640, group `gid`) unless it is there. Two at once end with one key. */
export const ensureKeyFile = (file: string, gid: number): void => {
  createFile(file, textOf({ keys: [newKey()] }), { ...ownRights(0o640), gid });
};

const replaceKeys = (file: string, keys: KeyFile['keys']): void => {
  const { uid, gid, mode } = statSync(file);
  replaceFile(file, textOf({ keys }), { uid, gid, mode: mode & 0o777 });
};

/** Adds a key that encrypts from now on; values of older keys still open. Returns its id. */
export const rotateKey = (file: string): string => {
  const { keys } = readKeyFile(file);
  const added = newKey();
  replaceKeys(file, [...keys, added]);
  return added.id;
};

/** Drops every key but the newest; call it only after everything stored was encrypted again. */
export const dropOldKeys = (file: string): void => {
  const { keys } = readKeyFile(file);
  replaceKeys(file, keys.slice(-1));
};

const open = (key: Buffer, packed: Buffer, context: string): string => {
  const decipher = createDecipheriv(CIPHER, key, packed.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(packed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  return Buffer.concat([decipher.update(packed.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
};

/** Reads the key file once. Throws AppError('key_missing') when it is absent, unreadable or malformed. */
export const openSecretBox = (file: string): SecretBox => {
  const keys = new Map(readKeyFile(file).keys.map(({ id, key }) => [id, Buffer.from(key, 'base64url')]));
  const [newestKeyId, newest] = [...keys].at(-1) ?? ['', Buffer.alloc(0)];
  return {
    newestKeyId,
    encrypt(plain, context) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv(CIPHER, newest, iv, { authTagLength: TAG_BYTES });
      cipher.setAAD(Buffer.from(context));
      const text = typeof plain === 'string' ? plain : plain.reveal();
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return ['v1', newestKeyId, Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64url')].join('.');
    },
    decrypt(stored, context) {
      const [version, keyId = '', packed = ''] = stored.split('.');
      const key = version === 'v1' ? keys.get(keyId) : undefined;
      if (key === undefined) throw new AppError('secret_unreadable', { context });
      try {
        return new Secret(open(key, Buffer.from(packed, 'base64url'), context));
      } catch (error) {
        throw new AppError('secret_unreadable', { context }, { cause: error });
      }
    },
    isOutdated: (stored) => !stored.startsWith(`v1.${newestKeyId}.`),
  };
};
