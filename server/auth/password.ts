import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';

interface Cost {
  readonly logN: number;
  readonly r: number;
  readonly p: number;
}
/** 32 MiB for about a quarter of a second on a small box. */
const CURRENT: Cost = { logN: 15, r: 8, p: 3 };
const KEY_BYTES = 32;
const FORM = /^scrypt\$(\d{1,2})\$(\d{1,2})\$(\d{1,2})\$([A-Za-z0-9_-]{16,})\$([A-Za-z0-9_-]{43})$/;

const derive = (password: string, salt: Buffer, cost: Cost): Promise<Buffer> => {
  const options: ScryptOptions = { N: 2 ** cost.logN, r: cost.r, p: cost.p, maxmem: 2 ** cost.logN * cost.r * 256 };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, KEY_BYTES, options, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
};

const written = ({ logN, r, p }: Cost, salt: Buffer, key: Buffer): string =>
  ['scrypt', logN, r, p, salt.toString('base64url'), key.toString('base64url')].join('$');

/** `scrypt$logN$r$p$salt$key`, base64url. */
export const hashPassword = async (password: string, cost: Cost = CURRENT): Promise<string> => {
  const salt = randomBytes(16);
  return written(cost, salt, await derive(password, salt, cost));
};

/** What nobody's password fits, checked with the same work as a stored one; made without any. */
export const hashOfNobody = (): string => written(CURRENT, randomBytes(16), randomBytes(KEY_BYTES));

/** `outdated` = right, but stored with another cost than today's: hash again. A malformed stored value is `wrong`. */
export const verifyPassword = async (password: string, stored: string): Promise<'right' | 'outdated' | 'wrong'> => {
  const found = FORM.exec(stored);
  if (found === null) return 'wrong';
  const [, logN = '', r = '', p = '', salt = '', key = ''] = found;
  const cost: Cost = { logN: Number(logN), r: Number(r), p: Number(p) };
  if (cost.logN > 20 || cost.logN < 1 || cost.r < 1 || cost.p < 1) return 'wrong';
  const derived = await derive(password, Buffer.from(salt, 'base64url'), cost);
  if (!timingSafeEqual(derived, Buffer.from(key, 'base64url'))) return 'wrong';
  return cost.logN === CURRENT.logN && cost.r === CURRENT.r && cost.p === CURRENT.p ? 'right' : 'outdated';
};
