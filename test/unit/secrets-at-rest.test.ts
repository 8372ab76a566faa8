import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { format, inspect } from 'node:util';
import { hashPassword, verifyPassword } from '../../server/auth/password';
import { dropOldKeys, ensureKeyFile, openSecretBox, rotateKey } from '../../server/auth/secret-box';
import { AppError } from '../../server/domain/errors';
import { Secret } from '../../server/domain/secret';

let folder = '';
let file = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'secret-box-'));
  file = path.join(folder, 'keys.json');
  ensureKeyFile(file, 0);
});
afterEach(() => rmSync(folder, { recursive: true }));

const codeOf = (act: () => unknown): string | null => {
  try {
    act();
    return null;
  } catch (error) {
    return error instanceof AppError ? error.code : String(error);
  }
};

describe('Secret', () => {
  it('never prints', () => {
    const secret = new Secret('s3cret-value');
    const prints = [
      String(secret),
      ''.concat(secret.toString()),
      JSON.stringify({ secret }),
      inspect({ deep: [secret] }, { depth: 9, showHidden: true }),
      format('%s %o %j', secret, secret, secret),
      Object.values(secret).join(),
    ];
    for (const print of prints) expect(print).not.toContain('s3cret-value');
    expect(secret.reveal()).toBe('s3cret-value');
  });
});

describe('secret box', () => {
  it('opens what it closed, only in its context', () => {
    const box = openSecretBox(file);
    const stored = box.encrypt('rahasia désa', 'desa:1:token');
    expect(stored).toMatch(/^v1\.[a-f0-9]{8}\.[A-Za-z0-9_-]+$/);
    expect(stored).not.toBe(box.encrypt('rahasia désa', 'desa:1:token'));
    expect(box.decrypt(stored, 'desa:1:token').reveal()).toBe('rahasia désa');
    expect(codeOf(() => box.decrypt(stored, 'desa:2:token'))).toBe('secret_unreadable');
  });

  it('refuses changed, cut and foreign content', () => {
    const box = openSecretBox(file);
    const stored = box.encrypt('x'.repeat(40), 'c');
    const body = Buffer.from(stored.split('.')[2]!, 'base64url');
    const flipped = Buffer.from(body.map((byte, index) => (index === 30 ? byte ^ 1 : byte)));
    const head = stored.split('.').slice(0, 2).join('.');
    for (const bad of [`${head}.${flipped.toString('base64url')}`, `${head}.AAAA`, `${head}.`, '', 'v2.a.b', 'plain']) {
      expect(codeOf(() => box.decrypt(bad, 'c'))).toBe('secret_unreadable');
    }
  });

  it('encrypts with the newest key and still opens older values', () => {
    const old = openSecretBox(file).encrypt('lama', 'c');
    const added = rotateKey(file);
    const box = openSecretBox(file);
    expect(box.newestKeyId).toBe(added);
    expect(box.decrypt(old, 'c').reveal()).toBe('lama');
    expect([box.isOutdated(old), box.isOutdated(box.encrypt('baru', 'c'))]).toEqual([true, false]);
    dropOldKeys(file);
    expect(codeOf(() => openSecretBox(file).decrypt(old, 'c'))).toBe('secret_unreadable');
  });

  it('keeps the key file: rights, content on a second call, errors by code', () => {
    const before = readFileSync(file, 'utf8');
    ensureKeyFile(file, 0);
    expect(readFileSync(file, 'utf8')).toBe(before);
    rotateKey(file);
    expect(statSync(file).mode & 0o777).toBe(0o640);
    writeFileSync(file, '{"keys":[]}');
    expect(codeOf(() => openSecretBox(file))).toBe('key_missing');
    expect(codeOf(() => openSecretBox(path.join(folder, 'none')))).toBe('key_missing');
  });
});

describe('passwords', () => {
  const cheap = { logN: 4, r: 8, p: 1 };
  it('tells right, wrong, outdated and malformed apart', async () => {
    const stored = await hashPassword('rahasia panjang', cheap);
    await expect(verifyPassword('rahasia panjang', stored)).resolves.toBe('outdated');
    await expect(verifyPassword('rahasia pendek', stored)).resolves.toBe('wrong');
    await expect(verifyPassword('', '')).resolves.toBe('wrong');
    const today = await hashPassword('rahasia panjang');
    await expect(verifyPassword('rahasia panjang', today)).resolves.toBe('right');
    expect(today).not.toContain('panjang');
  });
});
