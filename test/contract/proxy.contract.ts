import { isTransient, type Proxy, type ProxyRoute, type ProxyState } from '../../provisioners/contracts';

/** What a visitor gets; `upstream` is null when the proxy itself answers. */
export interface Visit {
  readonly status: number;
  readonly retryAfter: number | null;
  readonly location: string | null;
  readonly body: string;
  readonly upstream: {
    readonly address: string;
    readonly url: string;
    readonly prefix: string | null;
    readonly host: string;
    readonly forwardedFor: string;
    readonly proto: string;
    readonly key: string | null;
  } | null;
}
export interface ProxyHarness {
  readonly proxy: Proxy;
  /** Six addresses of apps that answer. */
  readonly apps: readonly [string, string, string, string, string, string];
  /** Where an app that plays the dashboard listens. */
  readonly dashboardSocket: string;
  visit(host: string, path: string, headers?: Readonly<Record<string, string>>): Promise<Visit>;
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

const EMPTY: ProxyState = { routes: [], redirects: [], dashboard: null };
const HOST = 'klirong.kec-klirong.example';

/** Every Proxy keeps these promises. */
export const proxyContract = (name: string, make: () => Promise<ProxyHarness>): void => {
  describe(`${name} keeps the proxy contract`, () => {
    let harness: ProxyHarness;
    let opensid: ProxyRoute;
    let api: ProxyRoute;
    const withRoutes = (...routes: readonly ProxyRoute[]): ProxyState => ({ ...EMPTY, routes });
    const served = async (host: string, path: string): Promise<string | null> =>
      (await harness.visit(host, path)).upstream?.address ?? null;

    beforeAll(async () => {
      harness = await make();
      const [a, b, c, d] = harness.apps;
      opensid = {
        id: 'opensid-1',
        hosts: [HOST, `www.${HOST}`],
        path: '/',
        slots: { a, b },
        active: 'a',
        mode: 'open',
      };
      api = { id: 'api-1', hosts: [HOST], path: '/api', slots: { a: c, b: d }, active: 'a', mode: 'open' };
      await harness.proxy.ensureCertificates([HOST, `www.${HOST}`, 'old.example', 'dasbor.example']);
    });
    afterAll(() => harness.close());
    beforeEach(() => harness.proxy.apply(EMPTY));

    it('does not know a host until it has a route, and forgets it after', async () => {
      expect((await harness.visit(HOST, '/')).status).toBe(404);
      await harness.proxy.apply(withRoutes(opensid));
      expect(await served(HOST, '/')).toBe(harness.apps[0]);
      expect(await served(`www.${HOST}`, '/')).toBe(harness.apps[0]);
      await harness.proxy.apply(EMPTY);
      expect((await harness.visit(HOST, '/')).status).toBe(404);
    });

    it('says unchanged when nothing is to do', async () => {
      expect(await harness.proxy.apply(withRoutes(opensid))).not.toBe('unchanged');
      expect(await harness.proxy.apply(withRoutes(opensid))).toBe('unchanged');
    });

    it.each([
      ['/api', '/', '/api'],
      ['/api/', '/', '/api'],
      ['/api/v1/berita?halaman=2', '/v1/berita?halaman=2', '/api'],
      ['/apix', '/apix', null],
      ['/', '/', null],
      ['/artikel/api', '/artikel/api', null],
      ['/index.php?/token', '/index.php?/token', null],
    ])('forwards %s as %s with prefix %s', async (path, url, prefix) => {
      await harness.proxy.apply(withRoutes(opensid, api));
      const { upstream } = await harness.visit(HOST, path);
      expect(upstream).toMatchObject({ address: prefix === null ? harness.apps[0] : harness.apps[2], url, prefix });
    });

    it('tells the app who visits which host, and lets nobody forge it', async () => {
      await harness.proxy.apply(withRoutes(opensid));
      const { upstream } = await harness.visit(HOST, '/', {
        'x-forwarded-for': '8.8.8.8',
        'x-forwarded-proto': 'http',
        'x-forwarded-prefix': '/x',
        'x-siappakai-key': 'kunci',
      });
      expect(upstream).toMatchObject({ forwardedFor: '127.0.0.1', proto: 'https', prefix: null, key: 'kunci' });
      expect(upstream?.host.split(':')[0]).toBe(HOST);
    });

    it('moves one route to its other slot and no other', async () => {
      await harness.proxy.apply(withRoutes(opensid, api));
      expect(await harness.proxy.apply(withRoutes({ ...opensid, active: 'b' }, api))).toBe('runtime');
      expect(await served(HOST, '/')).toBe(harness.apps[1]);
      expect(await served(HOST, '/api')).toBe(harness.apps[2]);
      await harness.proxy.apply(withRoutes(opensid, api));
      expect(await served(HOST, '/')).toBe(harness.apps[0]);
    });

    it('follows an app to a new address', async () => {
      await harness.proxy.apply(withRoutes(opensid));
      expect(await harness.proxy.apply(withRoutes({ ...opensid, slots: { a: harness.apps[4], b: null } }))).toBe(
        'runtime',
      );
      expect(await served(HOST, '/')).toBe(harness.apps[4]);
    });

    it.each([
      ['held', 15, 'sedang diperbarui'],
      ['closed', 3600, 'dihentikan sementara'],
    ] as const)('answers 503 for a route that is %s', async (mode, seconds, words) => {
      await harness.proxy.apply(withRoutes(opensid, api));
      expect(await harness.proxy.apply(withRoutes(opensid, { ...api, mode }))).toBe('runtime');
      const visit = await harness.visit(HOST, '/api/v1');
      expect(visit).toMatchObject({ status: 503, retryAfter: seconds, upstream: null });
      expect(visit.body).toContain(words);
      expect(await served(HOST, '/')).toBe(harness.apps[0]);
      await harness.proxy.apply(withRoutes(opensid, api));
      expect(await served(HOST, '/api/v1')).toBe(harness.apps[2]);
    });

    it('answers 503 for a route without an app', async () => {
      await harness.proxy.apply(withRoutes({ ...opensid, slots: { a: null, b: harness.apps[1] } }));
      expect(await harness.visit(HOST, '/')).toMatchObject({ status: 503, retryAfter: 15, upstream: null });
    });

    it('sends an old host to the new one with path and query', async () => {
      await harness.proxy.apply({ ...withRoutes(opensid), redirects: [{ from: 'old.example', to: HOST }] });
      const visit = await harness.visit('old.example', '/artikel/1?a=b');
      expect(visit.status).toBe(308);
      expect(visit.location).toMatch(new RegExp(`^https://${HOST}(:\\d+)?/artikel/1\\?a=b$`));
    });

    it('shows the dashboard on its host', async () => {
      await harness.proxy.apply({
        ...withRoutes(opensid),
        dashboard: { host: 'dasbor.example', socket: harness.dashboardSocket },
      });
      const visit = await harness.visit('dasbor.example', '/desa?cari=1');
      expect(visit).toMatchObject({ status: 200, upstream: { url: '/desa?cari=1', proto: 'https' } });
      expect(await served(HOST, '/')).toBe(harness.apps[0]);
    });

    it.each([
      ['two routes for one place', () => withRoutes(opensid, { ...opensid, id: 'other' })],
      [
        'a route on a redirecting host',
        () => ({ ...withRoutes(opensid), redirects: [{ from: HOST, to: 'x.example' }] }),
      ],
      ['a host with a space', () => withRoutes({ ...opensid, hosts: ['a b.example'] })],
      ['a host with upper case', () => withRoutes({ ...opensid, hosts: ['A.example'] })],
      ['a path of two parts', () => withRoutes({ ...opensid, path: '/a/b' })],
      ['a name as address', () => withRoutes({ ...opensid, slots: { a: 'app:80', b: null } })],
      ['the address of nobody', () => withRoutes({ ...opensid, slots: { a: '0.0.0.0:80', b: null } })],
      ['an address without port', () => withRoutes({ ...opensid, slots: { a: '10.0.0.1', b: null } })],
    ])('refuses %s and keeps what it had', async (_, state) => {
      await harness.proxy.apply(withRoutes({ ...api, path: '/' }));
      await expect(harness.proxy.apply(state())).rejects.toMatchObject({ code: 'invalid' });
      expect(await served(HOST, '/')).toBe(harness.apps[2]);
    });

    it('lets the newest of many concurrent states win', async () => {
      const states = Array.from({ length: 40 }, (_, index) =>
        withRoutes({ ...opensid, slots: { a: harness.apps[(index % 6) as 0], b: null } }),
      );
      const results = await Promise.all(states.map((state) => harness.proxy.apply(state)));
      expect(results).toHaveLength(40);
      expect(await served(HOST, '/')).toBe(harness.apps[3]);
      expect(await harness.proxy.apply(states[39]!)).toBe('unchanged');
    });

    it('gives one call its own error and goes on with the next', async () => {
      const bad = withRoutes({ ...opensid, hosts: ['a b'] });
      const [first, second, third] = await Promise.allSettled([
        harness.proxy.apply(withRoutes(opensid)),
        harness.proxy.apply(bad),
        harness.proxy.apply(withRoutes(api)),
      ]);
      expect(first?.status).toBe('fulfilled');
      expect(second?.status).toBe('rejected');
      expect(third?.status).toBe('fulfilled');
      expect(await served(HOST, '/api')).toBe(harness.apps[2]);
      expect((await harness.visit(HOST, '/')).status).toBe(404);
    });

    it('has the same routes after a restart', async () => {
      const state: ProxyState = {
        ...withRoutes({ ...opensid, active: 'b' }, { ...api, mode: 'held' }),
        redirects: [{ from: 'old.example', to: HOST }],
        dashboard: { host: 'dasbor.example', socket: harness.dashboardSocket },
      };
      await harness.proxy.apply(state);
      const { configHash } = await harness.proxy.facts();
      await harness.stop();
      expect(await harness.proxy.facts()).toEqual({ alive: false, version: null, configHash: null });
      await harness.start();
      expect(await served(HOST, '/')).toBe(harness.apps[1]);
      expect((await harness.visit(HOST, '/api')).status).toBe(503);
      expect((await harness.visit('old.example', '/')).status).toBe(308);
      expect((await harness.visit('dasbor.example', '/')).status).toBe(200);
      expect((await harness.proxy.facts()).configHash).toBe(configHash);
      expect(await harness.proxy.apply(state)).toBe('unchanged');
    });

    it('is unreachable, which passes, while it is stopped', async () => {
      await harness.proxy.apply(withRoutes(opensid));
      await harness.stop();
      const error: unknown = await harness.proxy.apply(withRoutes(api)).catch((reason: unknown) => reason);
      expect(isTransient(error)).toBe(true);
      await harness.start();
      await harness.proxy.apply(withRoutes(api));
      expect(await served(HOST, '/api')).toBe(harness.apps[2]);
    });

    it('tells its version and a fingerprint of what it follows', async () => {
      await harness.proxy.apply(withRoutes(opensid));
      const first = await harness.proxy.facts();
      expect(first).toMatchObject({ alive: true, version: expect.stringMatching(/^\d/) as string });
      await harness.proxy.apply(withRoutes({ ...opensid, active: 'b' }));
      expect((await harness.proxy.facts()).configHash).not.toBe(first.configHash);
      await harness.proxy.apply(withRoutes(opensid));
      expect(await harness.proxy.facts()).toEqual(first);
    });

    it('keeps a certificate for every host it was asked for', async () => {
      const hosts = [HOST, 'baru.kec-klirong.example'];
      const ends = await harness.proxy.ensureCertificates(hosts);
      expect(ends.map(({ host }) => host)).toEqual(hosts);
      for (const { notAfter } of ends) expect(Date.parse(notAfter)).toBeGreaterThan(Date.now() + 200 * 86_400_000);
      expect(await harness.proxy.ensureCertificates(hosts)).toEqual(ends);
      await expect(harness.proxy.ensureCertificates(['*.example'])).rejects.toMatchObject({ code: 'invalid' });
      expect(await harness.proxy.caCertificate()).toContain('BEGIN CERTIFICATE');
    });
  });
};
