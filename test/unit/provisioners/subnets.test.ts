import { blockOf, dotted, freeSubnets, routedSubnets } from '../../../provisioners/targets/docker/subnets';

const first = (count: number, pools: readonly string[], prefix: number, taken: readonly string[]): string[] => {
  const found: string[] = [];
  for (const subnet of freeSubnets(pools, prefix, taken)) {
    found.push(subnet);
    if (found.length === count) break;
  }
  return found;
};

test('a CIDR is the block around its address', () => {
  expect(blockOf('10.200.5.7/22')).toEqual({ first: 180_880_384, last: 180_881_407 });
  expect(dotted(180_880_384)).toBe('10.200.4.0');
  for (const wrong of ['10.0.0.0', '10.0.0.256/24', '10.0.0.0/33', 'fe80::1/64', '']) expect(blockOf(wrong)).toBeNull();
});

test('the lowest free subnets come first and never overlap what is taken', () => {
  expect(first(2, ['10.200.0.0/14'], 22, [])).toEqual(['10.200.0.0/22', '10.200.4.0/22']);
  expect(first(2, ['10.200.0.0/14'], 22, ['10.200.0.0/24', '10.200.9.1/32', '172.17.0.0/16'])).toEqual([
    '10.200.4.0/22',
    '10.200.12.0/22',
  ]);
});

test('a pool inside something taken is skipped for the next pool', () => {
  expect(first(1, ['10.200.0.0/14', '10.224.0.0/12'], 22, ['10.192.0.0/11'])).toEqual(['10.224.0.0/22']);
  expect(first(1, ['10.200.0.0/14', '10.224.0.0/12'], 22, ['10.0.0.0/8'])).toEqual([]);
});

test('a used-up pool gives nothing', () => {
  expect(first(9, ['10.0.0.0/30'], 32, ['10.0.0.1/32'])).toEqual(['10.0.0.0/32', '10.0.0.2/32', '10.0.0.3/32']);
  expect(first(1, ['10.0.0.0/24'], 22, [])).toEqual([]);
});

test('what the kernel routes is taken, also over a bridge without a plug', () => {
  const routes = [
    'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
    'eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0',
    'br-feaf4be3f466\t0000C80A\t00000000\t0001\t0\t0\t0\tF0FFFFFF\t0\t0\t0',
    'eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
    '',
  ].join('\n');
  expect(routedSubnets(routes)).toEqual(['10.200.0.0/28', '192.0.2.0/24']);
  expect(first(1, ['10.200.0.0/14'], 22, routedSubnets(routes))).toEqual(['10.200.4.0/22']);
});
