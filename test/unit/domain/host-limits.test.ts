import { judgeLimits, type HostLimits } from '../../../server/domain/host-limits';

/** What a kernel has when nobody has set anything. */
const USUAL: HostLimits = { neighbours: 1024, inotifyInstances: 128, inotifyWatches: 192_536, processIds: 32_768 };
const failing = (limits: HostLimits, containers: number): readonly string[] =>
  judgeLimits(limits, containers).flatMap((one) => (one.ok ? [] : [`${one.code} ${String(one.found)} < ${one.need}`]));

test('an empty machine lacks nothing', () => {
  expect(failing(USUAL, 0)).toEqual([]);
});

test('the usual limits are too small for hundreds of containers, and each says how much it takes', () => {
  expect(failing(USUAL, 2560)).toEqual([
    'neighbours 1024 < 13312',
    'inotify_instances 128 < 2688',
    'process_ids 32768 < 68096',
  ]);
  expect(
    failing({ neighbours: 16_384, inotifyInstances: 8192, inotifyWatches: 192_536, processIds: 4_194_304 }, 2560),
  ).toEqual([]);
});

test('what cannot be read is never taken for good', () => {
  expect(failing({ ...USUAL, neighbours: null }, 0)).toEqual(['neighbours null < 1024']);
});
