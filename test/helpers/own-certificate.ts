import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makeInternalCa } from '../../provisioners/lib/internal-ca';
import { KLIRONG } from './api-world';
import type { WebInstallation } from './web-installation';

export const KLIRONG_HOST = 'klirong.kec-klirong.kebumenkab.go.id';
/** A certificate of an office's own authority, as texts and as files. */
export interface OwnCertificate {
  readonly trust: string;
  readonly certificate: string;
  readonly key: string;
  readonly files: { readonly trust: string; readonly certificate: string; readonly key: string };
}
export const makeOwnCertificate = async (hosts: readonly string[]): Promise<OwnCertificate> => {
  const folder = mkdtempSync(path.join(tmpdir(), 'sp-own-'));
  const ca = makeInternalCa(path.join(folder, 'ca'), 'CA kantor');
  const { certificate, key } = await ca.issue(hosts);
  const trust = (await ca.certificate()).trim();
  const written = (name: string, text: string): string => {
    const file = path.join(folder, name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  };
  const files = {
    trust: written('akar.pem', trust),
    certificate: written('sertifikat.pem', certificate),
    key: written('kunci.pem', key),
  };
  return { trust, certificate, key, files };
};

/** Klirong serves at its host, and another one redirects to it. */
export const openKlirong = async (web: WebInstallation): Promise<void> => {
  const hosts = JSON.stringify([KLIRONG_HOST]);
  await web.db('instances').where({ wilayah_kode: KLIRONG, app: 'opensid' }).update({ route_mode: 'open', hosts });
  await web
    .db('desa')
    .where({ kode: KLIRONG })
    .update({ old_hosts: JSON.stringify(['klirong.desa.id']) });
};
