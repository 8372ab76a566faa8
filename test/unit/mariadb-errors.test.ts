import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { ProvisionError } from '../../provisioners/contracts';
import { requireSpace } from '../../provisioners/databases/mariadb/dump-file';
import { abortedError, asProvisionError } from '../../provisioners/databases/mariadb/errors';
import { toolError } from '../../provisioners/databases/mariadb/tool';
import { grantPattern, quoteIdentifier, schemaName, userName } from '../../provisioners/lib/sql-identifier';

const failure = (facts: Record<string, unknown>): Error => Object.assign(new Error('text that nobody reads'), facts);

describe('errors of the database', () => {
  test.each([
    [{ errno: 1205 }, 'timeout'],
    [{ errno: 1213 }, 'timeout'],
    [{ errno: 1045, code: 'ER_ACCESS_DENIED_ERROR' }, 'refused'],
    [{ errno: 1040 }, 'unreachable'],
    [{ errno: 1021 }, 'no_space'],
    [{ errno: 1064 }, 'invalid'],
    [{ errno: 9999 }, 'failed'],
    [{ code: 'ECONNREFUSED', syscall: 'connect', errno: -111 }, 'unreachable'],
    [{ code: 'ENOENT', syscall: 'connect', errno: -2 }, 'unreachable'],
    [{ code: 'ENOENT', syscall: 'open', errno: -2 }, 'not_found'],
    [{ code: 'ETIMEDOUT', syscall: 'connect' }, 'timeout'],
    [{ code: 'PROTOCOL_CONNECTION_LOST' }, 'unreachable'],
    [{ code: 'ENOSPC', syscall: 'write', errno: -28 }, 'no_space'],
  ])('%j is %s', (facts, code) => {
    expect(asProvisionError(failure(facts)).code).toBe(code);
  });

  test('an error that has a code already is handed on as it is', () => {
    const known = new ProvisionError('conflict', 'x');
    expect(asProvisionError(known)).toBe(known);
  });

  test('the statement of a failure, and the password in it, goes no further', () => {
    const driver = failure({
      errno: 1396,
      code: 'ER_CANNOT_USER',
      sql: "ALTER USER 'desa_1'@'%' IDENTIFIED BY 'rahasia'",
    });
    const known = asProvisionError(driver);
    expect(inspect(known, { depth: 9 })).not.toContain('rahasia');
    expect(known).toMatchObject({ details: { errno: 1396 }, cause: { errno: 1396, code: 'ER_CANNOT_USER' } });
  });

  test('an abort is a failure with its reason, a deadline is a timeout', () => {
    expect(abortedError(AbortSignal.abort())).toMatchObject({ code: 'failed', details: { reason: 'aborted' } });
    expect(abortedError(AbortSignal.abort(new DOMException('late', 'TimeoutError')))).toMatchObject({
      code: 'timeout',
    });
  });

  test('a tool that fails is judged by the number it prints', () => {
    expect(toolError('mariadb', { exitCode: 1, stderr: 'ERROR 1049 (42000): Unknown database' })).toMatchObject({
      code: 'not_found',
      details: { errno: 1049 },
    });
    expect(
      toolError('mariadb-dump', { exitCode: 2, stderr: 'mariadb-dump: Got error: 2002: "Can\'t connect"' }),
    ).toMatchObject({ code: 'unreachable' });
    expect(
      toolError('mariadb-dump', { exitCode: 3, stderr: 'mariadb-dump: Error 2013: Lost connection' }),
    ).toMatchObject({ code: 'unreachable' });
    expect(toolError('mariadb-dump', { exitCode: 137, stderr: '' })).toMatchObject({
      code: 'failed',
      details: { exitCode: 137, errno: null },
    });
  });
});

describe('free space', () => {
  test('too little is told with both numbers before anything is written', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'sp-space-'));
    await expect(requireSpace(path.join(folder, 'x.gz'), 1)).resolves.toBeUndefined();
    const refusal: unknown = await requireSpace(path.join(folder, 'x.gz'), 2 ** 52).catch((error: unknown) => error);
    if (!(refusal instanceof ProvisionError)) throw new Error('It was not refused');
    expect(refusal.code).toBe('no_space');
    expect(Number(refusal.details['needed'])).toBeGreaterThan(Number(refusal.details['free']));
    expect(refusal.details['free']).toEqual(expect.any(Number));
    rmSync(folder, { recursive: true });
  });
});

describe('names', () => {
  test('pass when they are plain and ours', () => {
    expect(['db_gabungan', 'pbb_3305052011', 'A1'].map(schemaName)).toEqual(['db_gabungan', 'pbb_3305052011', 'A1']);
    expect(['desa_3305052011', 'opensid_pemilik', 'sp_admin', 'pbb_1'].map(userName)).toHaveLength(4);
  });
  test.each(['mysql', 'MySQL', 'sys', '', 'a b', 'a`', "a'", 'a.b', 'é', 'a\n', 'a'.repeat(65)])(
    'schema %j is refused',
    (name) => {
      expect(() => schemaName(name)).toThrow(ProvisionError);
    },
  );
  test.each(['root', 'desa_', 'desa_%', "desa_1'@'%", 'xdesa_1', 'desa_1\n', ''])('user %j is refused', (name) => {
    expect(() => userName(name)).toThrow(ProvisionError);
  });
  test('quoting and escaping', () => {
    expect(quoteIdentifier('a`b')).toBe('`a``b`');
    expect(grantPattern('db_gabungan')).toBe('db\\_gabungan');
  });
});
