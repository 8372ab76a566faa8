import { createFormat } from '../../../server/http/format';
import { before, NOW } from './fixtures/page';

const id = createFormat('id', 'WIB', NOW);
const en = createFormat('en', 'WIB', NOW);

test('numbers, shares and sizes follow the language', () => {
  expect([id.n(1284), en.n(1284), id.n(18618), id.n(0), id.n(null), id.n(-1200)]).toEqual(['1.284', '1,284', '18.618', '0', '—', '−1.200']);
  expect([id.pct(0.987), en.pct(0.987), id.pct(0), id.pct(1), id.pct(0.0001), id.pct(null)]).toEqual(['98,7%', '98.7%', '0%', '100%', '0,01%', '—']);
  expect([id.bytes(28.4e9), id.bytes(640e6), id.bytes(3.1e6), id.bytes(512), id.bytes(999_600), id.bytes(null)]).toEqual(['28,4 GB', '640 MB', '3,1 MB', '512 B', '1 MB', '—']);
  expect(id.milli(412)).toBe('412 md');
});

test('durations have two units at most', () => {
  expect([0, 9.4, 15.4, 36, 60, 72, 243, 3600, 4860, 90_000, 26 * 86_400].map((seconds) => id.duration(seconds))).toEqual([
    '0 dtk',
    '9,4 dtk',
    '15,4 dtk',
    '36 dtk',
    '1 mnt',
    '1 mnt 12 dtk',
    '4 mnt 03 dtk',
    '1 jam',
    '1 jam 21 mnt',
    '1 hari',
    '26 hari',
  ]);
  expect(id.duration(null)).toBe('—');
});

test('times stand in the zone of the installation', () => {
  const at = '2026-11-21T17:30:05.000Z';
  expect([createFormat('id', 'WIB', NOW).time(at), createFormat('id', 'WITA', NOW).time(at), createFormat('id', 'WIT', NOW).timeS(at)]).toEqual(['00.30', '01.30', '02.30.05']);
  expect(en.time(at)).toBe('00:30');
  expect([id.date(at), id.dateLong(at), en.month(at)]).toEqual(['22 Nov 2026', 'Minggu, 22 November 2026', 'November 2026']);
  expect(id.exact(at)).toBe('22 Nov 2026 00.30.05 WIB');
  expect([id.time(null), id.date('nonsense')]).toEqual(['—', '—']);
});

test('relative times end after a day', () => {
  expect([0, 9, 59, 60, 119, 4860, 86_399].map((seconds) => id.ago(before(seconds)))).toEqual(['baru saja', '9 dtk lalu', '59 dtk lalu', '1 mnt lalu', '1 mnt lalu', '1 jam 21 mnt lalu', '23 jam 59 mnt lalu']);
  expect(id.ago(before(86_400))).toBe('20 Nov 2026');
  expect([id.day(before(60)), id.day(before(86_400)), id.day(before(3 * 86_400))]).toEqual(['20.57', 'kemarin 20.58', '18 Nov 2026']);
  expect(id.span(before(1080))).toBe('18 mnt');
});
