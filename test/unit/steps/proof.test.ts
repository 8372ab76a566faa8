import type { PageProof } from '../../../provisioners/contracts';
import { judgeIdentity, proveIdentity, provePage, proveStatic, type ProofRequest } from '../../../server/steps/proof';
import { NotMeasured, type ProbeAnswer, type ProbeRequest, type PublicProbe } from '../../../server/steps/public-probe';
import { observation } from '../../../server/steps/traffic-steps';

const request: ProofRequest = {
  app: { name: 'pbb', path: '/pbb' },
  host: 'bumirejo.localhost',
  kode: '33.05.03.2020',
  version: '2410.0.0',
  identityKey: 'k'.repeat(64),
  instanceId: 'I1',
};
const asked: ProbeRequest[] = [];
const answering = (answer: Partial<ProbeAnswer> | Error): PublicProbe => ({
  get: async (probe) => {
    asked.push(probe);
    if (answer instanceof Error) throw answer;
    return { status: 200, body: '', ms: 12, held: false, ...answer };
  },
});
const said = (more: Record<string, unknown> = {}): string =>
  JSON.stringify({ kode: '3305032020', app: 'pbb', version: '2410.0.0', ready: true, faults: [], ...more });
const code = async (proof: Promise<{ readonly reason: { readonly code: string } | null }>): Promise<string | null> =>
  (await proof).reason?.code ?? null;
beforeEach(() => void asked.splice(0));

describe('identity', () => {
  const judge = (status: number, body: string): string | null =>
    judgeIdentity(status, body, request, 1).reason?.code ?? null;
  it.each([
    ['the right desa and version', 200, said(), null],
    ['the code with dots', 200, said({ kode: '33.05.03.2020' }), null],
    ['its twin of the same name', 200, said({ kode: '3305121026' }), 'wrong_identity'],
    ['its twin, and not ready either', 503, said({ kode: '33.05.12.1026', ready: false }), 'wrong_identity'],
    ['nobody, and not ready', 503, said({ kode: '', ready: false, faults: ['tenant_missing'] }), 'not_ready'],
    ['no code at all', 200, said({ kode: null }), 'wrong_identity'],
    ['the old version', 200, said({ version: '2409.0.0' }), 'wrong_version'],
    ['no version', 200, said({ version: 7 }), 'wrong_version'],
    ['another container (foreign key)', 404, '', 'wrong_identity'],
    ['another connection (misdirected)', 421, '', 'wrong_identity'],
    ['not ready, with faults', 503, said({ ready: false, faults: ['database_down'] }), 'not_ready'],
    ['truthy text instead of true', 200, said({ ready: 'true' }), 'not_ready'],
    ['ready but an error status', 500, said(), 'http_status'],
    ['a page instead of JSON', 200, '<html>', 'identity_unreadable'],
    ['JSON that is no object', 200, '"ok"', 'identity_unreadable'],
    ['a fatal error page', 500, 'PHP Fatal error', 'http_status'],
    ['nothing', 0, '', 'not_answering'],
  ])('%s', (_, status, body, expected) => expect(judge(status, body)).toBe(expected));

  it('names the faults and what was seen', () => {
    const faults = judgeIdentity(503, said({ ready: false, faults: ['not_migrated', 'unpaired'] }), request, 1);
    expect(faults.reason?.params).toEqual({ status: 503, faults: 'not_migrated, unpaired' });
    const twin = judgeIdentity(200, said({ kode: '3305121026' }), request, 1);
    expect(twin.reason?.params).toEqual({ observed: '3305121026', expected: '33.05.03.2020' });
  });
  it('asks on the public path, with this instance’s own key', async () => {
    expect(await code(proveIdentity(answering({ body: said() }), request))).toBeNull();
    expect(asked[0]).toMatchObject({
      host: 'bumirejo.localhost',
      path: '/pbb/siappakai/sehat',
      headers: { 'x-siappakai-key': request.identityKey },
    });
  });
  it('a planned hold is no failure, but no pass either', async () => {
    const proof = await proveIdentity(answering({ status: 503, held: true }), request);
    expect([proof.held, proof.measured, proof.reason?.code]).toEqual([true, true, 'held']);
    expect(observation(proof).observed).toBe('held');
  });
  it('a proxy that cannot be asked is neither', async () => {
    const proof = await proveIdentity(answering(new NotMeasured('ECONNREFUSED')), request);
    expect([proof.measured, proof.reason]).toEqual([
      false,
      { code: 'proxy_unreachable', params: { cause: 'ECONNREFUSED' } },
    ]);
    expect(observation(proof).observed).toBe('unknown');
  });
  it('an error nobody foresaw is not taken for an answer', async () => {
    await expect(proveIdentity(answering(new Error('bug')), request)).rejects.toThrow('bug');
  });
});

describe('static identity', () => {
  const body = (more: Record<string, unknown> = {}): string =>
    JSON.stringify({ instance: 'I1', kode: '33.05.03.2020', release: '2410.0.0', ...more });
  it.each([
    ['right', 200, body(), null],
    ['another instance of the same code', 200, body({ instance: 'I2' }), 'wrong_identity'],
    ['its twin', 200, body({ kode: '33.05.12.1026' }), 'wrong_identity'],
    ['old', 200, body({ release: '2409.0.0' }), 'wrong_version'],
    ['foreign', 404, '', 'wrong_identity'],
    ['garbage', 200, 'x', 'wrong_identity'],
    ['broken', 502, '', 'http_status'],
    ['silent', 0, '', 'not_answering'],
  ])('%s', async (_, status, text, expected) => {
    expect(await code(proveStatic(answering({ status, body: text }), request))).toBe(expected);
  });
});

describe('page', () => {
  const page: PageProof = { path: '/', mustContain: ["Desa Ma'rang", 'v2410.0.0'] };
  const look = (answer: Partial<ProbeAnswer>, wanted = page): Promise<string | null> =>
    code(provePage(answering(answer), request, wanted));
  it.each([
    ['plain', "Selamat datang di Desa Ma'rang, v2410.0.0"],
    ['decimal entity', 'Desa Ma&#039;rang v2410.0.0'],
    ['hexadecimal entity', 'Desa Ma&#x27;rang v2410.0.0'],
    ['named entities', 'Desa&nbsp;Ma&apos;rang v2410.0.0'],
    ['other case and broken lines', "DESA\n   MA'RANG v2410.0.0"],
  ])('finds the name: %s', async (_, body) => expect(await look({ body })).toBeNull());
  it('a page without the name, of the twin, or of the old version is wrong', async () => {
    expect(await look({ body: 'Kelurahan Lain v2410.0.0' })).toBe('wrong_name');
    expect(await look({ body: "Desa Ma'rang v2409.0.0" })).toBe('wrong_name');
  });
  it.each([301, 302, 404, 500, 502])('status %i is wrong, redirects are not followed', async (status) => {
    expect(await look({ status, body: "Desa Ma'rang v2410.0.0" })).toBe('http_status');
  });
  it('says when nothing answered', async () => expect(await look({ status: 0 })).toBe('not_answering'));
  describe('and where people sign in', () => {
    const doors = { alive: ['/siteman', '/masuk'] };
    const wanted: PageProof = { path: '/', mustContain: [], ...doors };
    const behind = (door: string, status: number): PublicProbe => ({
      get: async ({ path }) => ({ status: path.endsWith(door) ? status : 200, body: '', ms: 1, held: false }),
    });
    it.each([
      ['/siteman', 500, 'http_status'],
      ['/masuk', 503, 'http_status'],
      ['/masuk', 0, 'not_answering'],
    ])('%s that answers %i is %s', async (door, status, expected) => {
      expect(await code(provePage(behind(door, status), request, wanted))).toBe(expected);
    });
    it.each([200, 302, 404])('a door that answers %i is a matter of the app', async (status) => {
      expect(await code(provePage(behind('/masuk', status), request, wanted))).toBeNull();
    });
  });
  it('is asked below the public path', async () => {
    await look({ body: '' }, { path: '/login', mustContain: [] });
    expect(asked.at(-1)?.path).toBe('/pbb/login');
  });
  describe('and what the app tells of itself', () => {
    const tells = { path: '/profil', nama: "Ma'rang", read: (body: string) => JSON.parse(body) as never };
    const told = (status: number, body: unknown): Promise<string | null> =>
      code(
        provePage(
          {
            get: async ({ path, headers }) =>
              path === '/pbb/profil' && headers?.['accept'] === 'application/json'
                ? { status, body: JSON.stringify(body), ms: 1, held: false }
                : { status: 200, body: "Desa Ma'rang v2410.0.0", ms: 1, held: false },
          },
          request,
          { ...page, tells },
        ),
      );
    it.each<[string, number, unknown, string | null]>([
      ['itself', 200, { kode: '3305032020', nama: "MA'RANG" }, null],
      ['its twin', 200, { kode: '33.05.12.1026', nama: "Ma'rang" }, 'wrong_identity'],
      ['another name', 200, { kode: '3305032020', nama: 'Klirong' }, 'wrong_name'],
      ['nothing', 200, null, null],
      ['nothing without a licence', 403, { message: 'x' }, null],
      ['nothing in an error', 500, { kode: '1', nama: 'x' }, null],
    ])('%s', async (_, status, body, expected) => expect(await told(status, body)).toBe(expected));
  });
  it('survives entities that are no character', async () => {
    expect(await look({ body: "&#99999999; &bogus; Desa Ma'rang v2410.0.0" })).toBeNull();
  });
});
