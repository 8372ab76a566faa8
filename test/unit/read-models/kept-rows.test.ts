import { isoOf, KeptRows } from '../../../server/services/read-models/kept-rows';

test('equal lines give equal objects, changed ones new objects, and an unchanged list is the same list', () => {
  const rows = new KeptRows(([kode = '', nama = '']) => ({ kode, nama }));
  const first = rows.take(['1\tKlirong', '2\tPuring']);
  expect(rows.take(['1\tKlirong', '2\tPuring'])).toBe(first);
  const second = rows.take(['1\tKlirong', '2\tPuring Baru']);
  expect(second).not.toBe(first);
  expect(second[0]).toBe(first[0]);
  expect(second[1]).toEqual({ kode: '2', nama: 'Puring Baru' });
});

test('rows that come and go leave no trace', () => {
  const rows = new KeptRows(([kode = '']) => kode);
  expect(rows.take(['1', '2', '3'])).toEqual(['1', '2', '3']);
  expect(rows.take(['1', '3'])).toEqual(['1', '3']);
  expect(rows.take([])).toEqual([]);
  expect(rows.take(['0', '1', '3'])).toEqual(['0', '1', '3']);
});

test('a time of the database is one of the world', () => {
  expect(isoOf('2026-11-21 13:58:14.123')).toBe('2026-11-21T13:58:14.123Z');
});
