import {
  ancestorOf,
  checkKode,
  isKota,
  isWithin,
  jenisOf,
  kodeDesaSchema,
  kodeDigits,
  kodeWilayah,
  kodeWilayahSchema,
  levelOf,
  parentOf,
  parseKode,
} from '../../../server/domain/kode-wilayah';
import { timezoneOf, zoneOf } from '../../../server/domain/timezone';

describe('kode wilayah', () => {
  it.each([
    ['33', '33', '33', 'provinsi'],
    ['3305', '33.05', '3305', 'kabupaten'],
    ['33.05.05', '33.05.05', '330505', 'kecamatan'],
    ['3305052011', '33.05.05.2011', '3305052011', 'desa'],
    [' 33.05.05.2011 ', '33.05.05.2011', '3305052011', 'desa'],
  ])('reads %s', (text, dotted, digits, level) => {
    const kode = kodeWilayah(text);
    expect(kode).toBe(dotted);
    expect(kodeDigits(kode)).toBe(digits);
    expect(levelOf(kode)).toBe(level);
    expect(parseKode(digits)).toBe(dotted);
  });

  it.each([
    '',
    '3',
    '033',
    '33.',
    '33.5',
    '33.05.05.4011',
    '33.05.05.0011',
    '33.05.05.201',
    '330505201',
    '33-05-05-2011',
    '33.05.052011',
    '33.00',
    '33.05.00.2011',
    '33.05.05.2011.1',
    '３３',
    "33.05.05.2011'",
    '33.05.05.2011\n33',
  ])('refuses %j', (text) => expect(parseKode(text)).toBeNull());

  it('knows parents, ancestors and kinds', () => {
    const kode = kodeWilayah('33.05.12.1026');
    expect(parentOf(kode)).toBe('33.05.12');
    expect(parentOf(kodeWilayah('33'))).toBeNull();
    expect(ancestorOf(kode, 'kabupaten')).toBe('33.05');
    expect(ancestorOf(kodeWilayah('33'), 'desa')).toBeNull();
    expect(isWithin(kode, kodeWilayah('33.05'))).toBe(true);
    expect(isWithin(kodeWilayah('33.05'), kode)).toBe(false);
    expect([
      jenisOf(kode),
      jenisOf(kodeWilayah('33.05.05.2011')),
      jenisOf(kodeWilayah('91.03.01.3001')),
      jenisOf(kodeWilayah('33.05')),
    ]).toEqual(['kelurahan', 'desa', 'desa_adat', null]);
    expect([isKota(kodeWilayah('33.71')), isKota(kodeWilayah('33.05')), isKota(kodeWilayah('33'))]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('tells codes of BPS and unknown places apart', () => {
    const known = new Set(['33', '33.05', '33.05.05', '33.05.05.2011']);
    const check = (text: string) => checkKode(text, (kode) => known.has(kode));
    expect(check('3305052011')).toEqual({ kode: '33.05.05.2011' });
    expect(check('3305100011')).toEqual({ fault: 'kode_bps' });
    expect(check('3305102001')).toEqual({ fault: 'kecamatan_tidak_dikenal' });
    expect(check('3305052999')).toEqual({ fault: 'wilayah_tidak_dikenal' });
    expect(check('desa')).toEqual({ fault: 'format' });
  });

  it('parses at the edge', () => {
    expect(kodeDesaSchema.parse('3305052011')).toBe('33.05.05.2011');
    expect(kodeDesaSchema.safeParse('3305').success).toBe(false);
    expect(kodeWilayahSchema.safeParse('x').success).toBe(false);
  });

  it('gives the time zone', () => {
    expect(['11', '61', '62', '63', '51', '73', '81', '96'].map((kode) => zoneOf(kodeWilayah(kode)))).toEqual([
      'WIB',
      'WIB',
      'WIB',
      'WITA',
      'WITA',
      'WITA',
      'WIT',
      'WIT',
    ]);
    expect(timezoneOf(kodeWilayah('33.05.05.2011'))).toBe('Asia/Jakarta');
  });
});
