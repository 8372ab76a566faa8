import type { ProxyRoute, ProxyState } from '../../../provisioners/contracts';
import { HASH_KEY, routeChange, routeFile, routeTable, sizeOf } from '../../../provisioners/proxies/haproxy/routes';

const INVALID = expect.objectContaining({ code: 'invalid' }) as Error;

const route: ProxyRoute = {
  id: '01J',
  hosts: ['a.example', 'www.a.example'],
  path: '/',
  slots: { a: '10.0.0.1:8080', b: '10.0.0.2:8080' },
  active: 'a',
  mode: 'open',
};
const state = (...routes: readonly ProxyRoute[]): ProxyState => ({ routes, redirects: [], dashboard: null });
const values = (wanted: ProxyState): Record<string, string> => {
  const { [HASH_KEY]: hash, ...rest } = Object.fromEntries(routeTable(wanted));
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  return rest;
};

describe('the route table', () => {
  it('has one line per host and path, with everything about the route', () => {
    expect(values(state(route, { ...route, id: '02J', hosts: ['a.example'], path: '/api', active: 'b' }))).toEqual({
      'a.example/': 'open|10.0.0.1|8080|01J',
      'www.a.example/': 'open|10.0.0.1|8080|01J',
      'a.example/api': 'open|10.0.0.2|8080|02J',
    });
  });

  it.each([
    ['held', 'held|||01J'],
    ['closed', 'closed|||01J'],
  ] as const)('keeps no address for a route that is %s', (mode, value) => {
    expect(values(state({ ...route, mode }))['a.example/']).toBe(value);
  });

  it('knows redirects, the dashboard and routes without an app', () => {
    const wanted: ProxyState = {
      routes: [{ ...route, hosts: ['a.example'], slots: { a: null, b: '10.0.0.2:8080' } }],
      redirects: [{ from: 'old.example', to: 'a.example' }],
      dashboard: { host: 'dasbor.example', socket: '/run/x.sock' },
    };
    expect(values(wanted)).toEqual({
      'a.example/': 'down|||01J',
      'old.example/': 'redirect|a.example',
      'dasbor.example/': 'dashboard',
    });
  });

  it('has a hash of its content, whatever the order', () => {
    const other = { ...route, id: '02J', hosts: ['b.example'] };
    const hash = (wanted: ProxyState): string | undefined => routeTable(wanted).get(HASH_KEY);
    expect(hash(state(route, other))).toBe(hash(state(other, route)));
    expect(routeFile(routeTable(state(route, other)))).toBe(routeFile(routeTable(state(other, route))));
    expect(hash(state(route))).not.toBe(hash(state({ ...route, active: 'b' })));
  });

  it.each([
    'a b.example',
    'A.example',
    '*.example',
    'a.example/',
    '',
    '-a.example',
    'a..example',
    'a.example;x',
    `${'a'.repeat(64)}.example`,
  ])('refuses the host "%s"', (host) => {
    expect(() => routeTable(state({ ...route, hosts: [host] }))).toThrow(INVALID);
  });
  it.each([
    '10.0.0.1',
    '10.0.0.1:0',
    '10.0.0.1:70000',
    '10.0.0.1:80:1',
    '0.0.0.0:80',
    'app:80',
    '[::1]:80',
    '10.0.0.1:8 0',
    '10.0.0.1:+80',
  ])('refuses the address "%s"', (slot) => {
    expect(() => routeTable(state({ ...route, slots: { a: slot, b: null } }))).toThrow(INVALID);
  });
  it.each(['', 'api', '/api/', '/a/b', '/Api', '/a|b', '/a;b', '/ '])('refuses the path "%s"', (path) => {
    expect(() => routeTable(state({ ...route, path }))).toThrow(INVALID);
  });
  it.each(['', 'a b', 'a|b', 'a;b', 'a\nb'])('refuses the id "%s"', (id) => {
    expect(() => routeTable(state({ ...route, id }))).toThrow(INVALID);
  });
});

describe('the change between two tables', () => {
  it('is one line and the hash for a switch', () => {
    const change = routeChange(
      routeTable(state({ ...route, hosts: ['a.example'] })),
      routeTable(state({ ...route, hosts: ['a.example'], active: 'b' })),
    );
    expect(change).toMatchObject({
      set: [
        ['a.example/', 'open|10.0.0.2|8080|01J'],
        [HASH_KEY, expect.any(String) as string],
      ],
      add: [],
      remove: [],
    });
  });

  it('adds, removes and keeps', () => {
    const other = { ...route, id: '02J', hosts: ['b.example'] };
    const change = routeChange(routeTable(state(route)), routeTable(state(other)));
    expect(change.add.map(([key]) => key)).toEqual(['b.example/']);
    expect(change.remove).toEqual(['a.example/', 'www.a.example/']);
    expect(sizeOf(routeChange(routeTable(state(route)), routeTable(state(route))))).toBe(0);
  });
});
