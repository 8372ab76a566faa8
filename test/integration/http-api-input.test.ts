import { OPERATIONS } from '../../server/services/operations';
import { ApiClient, fill, problemOf, type Call } from '../helpers/api-client';
import { buildApiWorld, install, KLIRONG, type ApiWorld } from '../helpers/api-world';
import { startWebInstallation, type WebInstallation } from '../helpers/web-installation';

jest.setTimeout(180_000);
let web: WebInstallation;
let world: ApiWorld;
let api: ApiClient;
beforeAll(async () => {
  web = await startWebInstallation();
  world = await buildApiWorld(web);
  api = await ApiClient.open(web.origin, world);
});
afterAll(() => web.stop());

describe('input that does not fit is refused at its field', () => {
  const EXAMPLES: Readonly<Record<string, unknown>> = {
    kode: KLIRONG,
    id: '01JB2Z8M4Q6T9V3X7C5N1K0PRD',
    app: 'opensid',
    name: 'lokal',
    pattern: '{desa}.a.id',
  };
  const CERTIFICATES = {
    ...{ authority: 'internal', directoryUrl: 'https://a.id/dir', contact: null, bindingId: null, trust: null },
  };
  const bodies: Readonly<Record<string, Record<string, unknown>>> = {
    'rollout.plan': install([KLIRONG]),
    'rollout.start': install([KLIRONG]),
    'release.import': { app: 'opensid', location: '/x' },
    'server.keys': { host: '127.0.0.1' },
    'server.add': { name: 'dua', host: '127.0.0.1', login: { kind: 'password', password: 'x' } },
    'settings.mail.change': { mail: null },
    'settings.mail.test': { to: 'ani@a.id' },
    'settings.logo': { content: null },
    'backup.make': { database: 'gabungan' },
    'certificate.change': { settings: CERTIFICATES },
    'certificate.check': { certificate: 'x', key: 'x' },
    'certificate.upload': { certificate: 'x', key: 'x' },
  };
  /** Nothing of what is sent here fits, so nothing happens. */
  const refusal = async (name: string, call: Call, field: string, problem: string): Promise<void> => {
    const { method, path } = api.place(name);
    const params = {
      ...Object.fromEntries(Object.entries(EXAMPLES).map(([key, value]) => [key, String(value)])),
      ...(name === 'account.session.revoke' ? { id: '0'.repeat(64) } : {}),
    };
    const reply = await api.send(method, fill(path, { ...params, ...call.params }), call);
    const { code, field: at, problem: why, errors } = problemOf(reply);
    expect([name, reply.status, code, at, why]).toEqual([name, 422, 'invalid_input', field, problem]);
    expect(errors[0]).toMatchObject({ field, problem });
    expect(api.wrong(name, reply.status, reply.body)).toEqual([]);
    expect([problemOf(reply).message.id, problemOf(reply).message.en].every((text) => text.length > 10)).toBe(true);
  };
  const inputs = () =>
    OPERATIONS.filter((one) => one.by === undefined).map((one) => ({
      name: one.name,
      reads: one.method === 'get',
      own: one.method === 'get' || one.method === 'delete' ? one.query : one.body,
      body: bodies[one.name] ?? {},
    }));
  const query = (fields: Record<string, unknown>): Record<string, string> =>
    Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, String(value)]));
  const needed = (name: string): Record<string, unknown> =>
    name === 'settings.hosts' ? { pattern: '{desa}.a.id' } : {};

  test('a field nobody knows, in every operation', async () => {
    for (const { name, reads, body } of inputs()) {
      const hasQuery = reads || api.place(name).method === 'delete';
      const call = hasQuery ? { query: query({ ...needed(name), ngawur: 'x' }) } : { body: { ...body, ngawur: 1 } };
      await refusal(name, call, 'ngawur', 'field_unknown');
    }
  });
  test('a missing field, wherever one is required', async () => {
    let count = 0;
    for (const { name, own, body, reads } of inputs()) {
      const { object } = api.place(name);
      const schema = object.requestBody?.content?.['application/json']?.schema as { required?: string[] } | undefined;
      const wanted = reads
        ? object.parameters
            .filter((one) => one.in === 'query' && (one as { required?: boolean }).required === true)
            .map((one) => one.name)
        : (schema?.required ?? []);
      for (const field of wanted) {
        expect(Object.keys(own.shape)).toContain(field);
        const rest = Object.fromEntries(Object.entries(body).filter(([key]) => key !== field));
        await refusal(name, reads ? {} : { body: rest }, field, 'field_missing');
        count += 1;
      }
    }
    expect(count).toBeGreaterThan(6);
  });
  test('a wrong type, in every field of every body', async () => {
    let count = 0;
    for (const { name, own, body, reads } of inputs()) {
      if (reads || api.place(name).method === 'delete') continue;
      for (const field of Object.keys(own.shape)) {
        // A list fits nothing but a list, a word no list.
        const wrong = ['kodes', 'apps', 'egress', 'waves'].includes(field) ? 'kata' : [[]];
        const reply = await api.send(api.place(name).method, fill(api.place(name).path, query(EXAMPLES)), {
          body: { ...body, [field]: wrong },
        });
        const { field: at, problem } = problemOf(reply);
        expect([name, field, reply.status, at]).toEqual([name, field, 422, field]);
        expect(['field_type', 'field_choice']).toContain(problem);
        count += 1;
      }
    }
    expect(count).toBeGreaterThan(25);
  });
  test('a wrong type in the address and in the query', async () => {
    await refusal('desa.show', { params: { kode: 'klirong' } }, 'kode', 'kode_wilayah_format');
    await refusal('desa.show', { params: { kode: '33.05' } }, 'kode', 'kode_desa_format');
    await refusal('release.show', { params: { id: 'x' } }, 'id', 'field_form');
    await refusal('desa.list', { query: { limit: 'banyak' } }, 'limit', 'field_type');
    await refusal('desa.list', { query: { limit: '100000' } }, 'limit', 'field_big');
    await refusal('desa.list', { query: { limit: '0' } }, 'limit', 'field_small');
    await refusal('desa.list', { query: { status: 'hijau' } }, 'status', 'field_choice');
    await refusal('rollout.events', { query: { after: '-1' } }, 'after', 'field_small');
  });
  test('several wrong fields are all named', async () => {
    const reply = await api.act('rollout.plan', { body: { kind: 'lain', kodes: [], x: 1 } });
    expect(problemOf(reply).errors.map((one) => [one.field, one.problem])).toEqual([
      ['kind', 'field_choice'],
      ['kodes', 'field_small'],
      ['x', 'field_unknown'],
    ]);
  });
  test('a body that is no JSON, and an address that is none', async () => {
    const headers = { authorization: `Bearer ${world.token}` };
    const broken = await fetch(`${web.origin}/api/v1/rollouts/plan`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: '{"kind":',
    });
    expect([broken.status, await broken.json()]).toMatchObject([422, { problem: 'body_not_json' }]);
    const form = await fetch(`${web.origin}/api/v1/rollouts/plan`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
      body: 'kind=install',
    });
    expect([form.status, await form.json()]).toMatchObject([422, { field: 'Content-Type' }]);
    const large = await api.send('post', '/rollouts/plan', { body: { kind: 'x'.repeat(3_000_000) } });
    expect([large.status, problemOf(large).problem]).toEqual([422, 'body_too_large']);
    const nowhere = await api.send('get', '/tidak-ada');
    expect([nowhere.status, problemOf(nowhere).code]).toEqual([404, 'not_found']);
    const english = await api.send('get', '/desa/33.05.99.2001', { headers: { 'accept-language': 'en' } });
    const { message } = problemOf(english);
    expect([english.status, (english.body as { detail: string }).detail]).toEqual([404, message.en]);
    expect(message.id).not.toBe(message.en);
  });
});
