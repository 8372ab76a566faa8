import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makeInternalCa, type InternalCa } from '../../provisioners/lib/internal-ca';
import { makePublicProbe, type PublicProbe } from '../../server/steps/public-probe';

const HOST = 'klirong.kec-klirong.localhost';
let folder: string;
let server: Server;
let ca: InternalCa;
let port: number;

const serve = async (with_: InternalCa): Promise<void> => {
  const { certificate, key } = await with_.issue([HOST]);
  server = createServer({ cert: certificate, key }, (_request, response) => response.end('ya'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
};
/** Another certificate for the same name, of a CA nobody trusts. */
const renewed = async () => {
  const { certificate, key } = await makeInternalCa(path.join(folder, 'new'), 'SiapPakai new').issue([HOST]);
  return { cert: certificate, key };
};
const probe = (): PublicProbe => makePublicProbe({ address: '127.0.0.1', port, caCertificate: () => ca.certificate() });

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 't-probe-'));
  ca = makeInternalCa(path.join(folder, 'ca'), 'SiapPakai t-probe');
});
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

it('tells whose certificate a host shows and until when', async () => {
  await serve(ca);
  const answer = await probe().get({ host: HOST, path: '/' });
  expect(answer).toMatchObject({ status: 200, body: 'ya' });
  expect(answer.certificate).toMatchObject({ issuer: 'internal', issuedBy: 'SiapPakai' });
  const days = ((answer.certificate?.notAfter.getTime() ?? 0) - Date.now()) / 86_400_000;
  expect(days).toBeGreaterThan(390);
  expect(days).toBeLessThan(398);
});

it('comes as a new visitor each time: no session hides what is shown now', async () => {
  await serve(ca);
  const one = probe();
  for (let at = 0; at < 3; at += 1) expect((await one.get({ host: HOST, path: '/' })).certificate).toBeDefined();
  server.setSecureContext(await renewed());
  const again = await one.get({ host: HOST, path: '/' });
  expect([again.status, again.certificate?.issuer]).toEqual([0, undefined]);
});

it('a certificate of a stranger is no answer', async () => {
  await serve(makeInternalCa(path.join(folder, 'other'), 'SiapPakai other'));
  expect(await probe().get({ host: HOST, path: '/' })).toMatchObject({ status: 0 });
});
