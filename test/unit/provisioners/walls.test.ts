import { bridgeName, bridgePrefix, wallWorkload } from '../../../provisioners/lib/walls';

const options = { name: 'sp-tembok', image: 'sp/wall:1.0', installation: 'i-1', oldBridges: [], ports: [80, 443] };

test('bridges of an installation share a beginning that no other one has, and fit the kernel', () => {
  const names = ['sp-kec-330501', 'sp-kec-330502', 'sp-kontrol'].map((network) => bridgeName('i-1', network));
  expect(new Set(names).size).toBe(3);
  for (const name of names) {
    expect(name).toMatch(/^sp[0-9a-f]{13}$/);
    expect(name.startsWith(bridgePrefix('i-1'))).toBe(true);
  }
  expect(bridgePrefix('i-2')).not.toBe(bridgePrefix('i-1'));
});

test('their keeper may change the packet filter and nothing else, and comes back by itself', () => {
  const spec = wallWorkload({ ...options, oldBridges: ['br-2', 'br-1'] });
  expect(spec).toMatchObject({
    capabilities: ['NET_ADMIN'],
    readOnlyRoot: true,
    hostNetwork: true,
    restart: 'always',
    env: { SIAPPAKAI_BRIDGES: bridgePrefix('i-1'), SIAPPAKAI_OLD_BRIDGES: 'br-1 br-2', SIAPPAKAI_PORTS: '80 443' },
  });
  expect(spec.mounts.every((mount) => mount.type === 'tmpfs')).toBe(true);
  expect(wallWorkload(options).env).not.toHaveProperty('SIAPPAKAI_OLD_BRIDGES');
});
