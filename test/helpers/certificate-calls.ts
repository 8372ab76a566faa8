import { randomUUID } from 'node:crypto';
import { problemOf, type ApiClient } from './api-client';
import type { CommandLine } from './command-line';
import { KLIRONG_HOST, makeOwnCertificate, openKlirong } from './own-certificate';
import type { WebInstallation } from './web-installation';

/** Every operation of certificates over REST. */
export const callCertificates = async (web: WebInstallation, api: ApiClient): Promise<void> => {
  await openKlirong(web);
  const { trust, certificate, key } = await makeOwnCertificate([KLIRONG_HOST]);
  const settings = {
    ...{ authority: 'internal', directoryUrl: 'https://acme.kebumenkab.go.id/dir', contact: null, bindingId: 'dinas' },
    trust,
  };
  const headers = { 'idempotency-key': randomUUID() };
  const body = { settings, bindingKey: 'Rahasia-Pelanggan' };
  expect(await api.good('certificate.change', { body, headers })).toMatchObject({ settings, bindingKey: 'kept' });
  const told = [await web.db('idempotency_keys'), await web.db('settings'), await web.db('audit')];
  expect(JSON.stringify(told)).not.toContain('Rahasia-Pelanggan');
  const plain = { ...settings, directoryUrl: 'http://acme.kebumenkab.go.id/dir' };
  expect((await api.act('certificate.change', { body: { settings: plain } })).status).toBe(422);
  const own = { certificate, key };
  const hosts = [
    { host: KLIRONG_HOST, by: KLIRONG_HOST },
    { host: 'klirong.desa.id', by: null },
  ];
  expect(await api.good('certificate.check', { body: own })).toMatchObject({ problems: [], covered: 1, hosts });
  expect((await api.good('certificate.show'))['certificates']).toEqual([]);
  const foreign = await makeOwnCertificate([KLIRONG_HOST]);
  const other = await api.act('certificate.upload', { body: { certificate, key: foreign.key } });
  expect([other.status, problemOf(other).field, problemOf(other).problem]).toEqual([
    422,
    'key',
    'certificate_key_differs',
  ]);
  const unknown = await api.act('certificate.upload', { body: foreign });
  expect(unknown.status).toBe(422);
  const strange = await api.act('certificate.upload', {
    body: { certificate: foreign.certificate, key: foreign.key },
  });
  expect(problemOf(strange).problem).toBe('certificate_chain_incomplete');
  expect(await api.good('certificate.upload', { body: own })).toMatchObject({ covered: 1 });
  const shown = await api.good('certificate.show');
  expect(shown).toMatchObject({
    certificates: [{ source: 'upload', names: [KLIRONG_HOST], renewAt: null, installedAt: null }],
    hosts: { total: 2, certified: 1, refused: 0 },
  });
  expect(JSON.stringify(await web.db('certificate_files'))).not.toContain('PRIVATE KEY');
  // The same names again take the place of the first.
  await api.good('certificate.upload', { body: own });
  const [kept] = await web.transactor.read.certificateFiles.all();
  expect(await web.transactor.read.certificateFiles.all()).toHaveLength(1);
  expect(await api.rows('certificate.hosts')).toMatchObject([
    { host: 'klirong.desa.id', source: 'internal' },
    { host: KLIRONG_HOST, source: 'upload' },
  ]);
  expect(await api.good('certificate.retry')).toMatchObject({ wait: null });
  expect(await api.good('certificate.remove', { params: { id: kept?.id ?? '' } })).toEqual({ id: kept?.id });
  expect((await api.act('certificate.remove', { params: { id: kept?.id ?? '' } })).status).toBe(404);
};

/** The same as commands. */
export const tellCertificates = async (web: WebInstallation, line: CommandLine, api: ApiClient): Promise<void> => {
  await openKlirong(web);
  const { files } = await makeOwnCertificate([KLIRONG_HOST]);
  const set = ['certificate', 'authority', 'internal', '--trust', files.trust, '--contact', 'dinas@a.id'];
  expect(await line.document('certificate.change', ...set)).toMatchObject({ settings: { contact: 'dinas@a.id' } });
  const pair = [files.certificate, '--key', files.key];
  expect(await line.document('certificate.check', 'certificate', 'check', ...pair)).toMatchObject({ covered: 1 });
  expect(await line.document('certificate.upload', 'certificate', 'upload', ...pair)).toMatchObject({ problems: [] });
  expect(await line.document('certificate.show', 'certificate', 'show')).toEqual(
    (await api.act('certificate.show')).body,
  );
  expect(await line.document('certificate.hosts', 'certificate', 'hosts')).toEqual(
    (await api.act('certificate.hosts')).body,
  );
  await line.document('certificate.retry', 'certificate', 'retry');
  const [kept] = await web.transactor.read.certificateFiles.all();
  const id = kept?.id ?? '';
  await line.document('certificate.remove', 'certificate', 'remove', id, '--confirm', id);
  const absent = await line.tell(['certificate', 'check', '/tidak/ada.pem', '--key', files.key]);
  expect([absent.code, absent.said]).toEqual([2, expect.stringContaining('ENOENT')]);
};
