import { addMonths, dayAfter, dayIn, daysUntil } from '../../server/services/token-days';
import { decodeToken, drawPayload, isStrictPayload } from '../../server/services/token-claims';

const CLAIMS = {
  iss: 'https://dasbor.id',
  iat: 1,
  nbf: 1,
  exp: 2,
  sub: '3305052011',
  desa_id: '33.05.05.2011',
  kecamatan_id: '33.05.05',
  domain: 'https://klirong.kec-klirong.kebumenkab.go.id',
  status: 'terdaftar' as const,
  tanggal_berlangganan: { mulai: '2026-01-01', akhir: '2026-12-31' },
};

describe('payload for strict base64', () => {
  test('draws again while the payload has - or _', () => {
    const draws = ['???????????????~', '>>>>>>>>>>>>>>>~', 'Abcdefghij123456'];
    let drawn = 0;
    const { payload, jti } = drawPayload(CLAIMS, () => draws[drawn++]!);
    expect(jti).toBe('Abcdefghij123456');
    expect(isStrictPayload(payload)).toBe(true);
    expect(drawn).toBeGreaterThan(1);
  });

  test('says so when no draw can help', () => {
    const bad = { ...CLAIMS, domain: 'https://a.id/???~~~>>>???~~~>>>' };
    expect(() => drawPayload(bad)).toThrow(RangeError);
    expect(() => drawPayload({ ...CLAIMS, domain: 'https://désa.id' })).toThrow('ASCII');
  });

  test('a thousand tokens decode with base64 that knows no - and _', () => {
    for (let n = 0; n < 1000; n += 1) {
      const { payload } = drawPayload({ ...CLAIMS, domain: `https://desa-${n}.kec-x.kebumenkab.go.id` });
      expect(payload).toMatch(/^[A-Za-z0-9+/]+$/);
      expect(JSON.parse(Buffer.from(payload, 'base64').toString())).toMatchObject({ desa_id: '33.05.05.2011' });
    }
  });
});

test('reads foreign and broken tokens without believing them', () => {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const foreign = `${part({ typ: 'JWT', alg: 'HS256' })}.${part({ desa_id: '33.05.05.2011', prv: 'x' })}.c2ln`;
  expect(decodeToken(` ${foreign} `)).toEqual({ alg: 'HS256', kid: null, claims: null, desaId: '33.05.05.2011' });
  for (const broken of ['', 'a.b', 'a.b.c', `${part({ alg: 'none' })}.bnVsbA.x`, `${part(7)}.${part({})}.x`])
    expect(decodeToken(broken)).toBeNull();
});

test('days of the token', () => {
  expect(addMonths('2026-01-31', 1)).toBe('2026-02-28');
  expect(addMonths('2026-11-22', 12)).toBe('2027-11-22');
  expect(addMonths('2024-02-29', 12)).toBe('2025-02-28');
  expect(dayAfter('2026-12-31')).toBe('2027-01-01');
  expect(dayIn('Asia/Jakarta', new Date('2026-11-22T17:30:00Z'))).toBe('2026-11-23');
  expect(dayIn('Asia/Jayapura', new Date('2026-11-22T14:59:00Z'))).toBe('2026-11-22');
  expect(daysUntil('2026-11-22', new Date('2026-11-22T10:00:00Z'))).toBe(0);
  expect(daysUntil('2026-11-21', new Date('2026-11-22T10:00:00Z'))).toBe(-1);
});
