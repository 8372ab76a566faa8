import { setTimeout as pause } from 'node:timers/promises';
import { connect } from 'node:tls';
import { pino } from 'pino';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ulid } from 'ulid';
import { openAcme } from '../../provisioners/authorities/acme';
import { ensureKeyFile, openSecretBox, type SecretBox } from '../../server/auth/secret-box';
import type { CertificateSettings } from '../../server/domain/settings';
import { CertificateKeeper, type KeeperDeps } from '../../server/services/certificate-keeper';
import type { Transactor } from '../../server/stores';
import type { Db } from '../../server/stores/connect';

/** One desa that serves at `host`. */
export interface ServedDesa {
  readonly kode: string;
  readonly host: string;
}

/** Rows of desa whose routes are open, as the worker would have left them. */
export const serveDesa = async (db: Db, served: readonly ServedDesa[]): Promise<void> => {
  await db.batchInsert(
    'desa',
    served.map(({ kode, host }) => ({
      ...{ kode, host, kecamatan_kode: kode.slice(0, 8), nama: kode, jenis: 'desa', network: 't' },
    })),
    200,
  );
  await db.batchInsert(
    'instances',
    served.map(({ kode, host }) => ({
      ...{ id: ulid(), wilayah_kode: kode, server_id: ulid(), app: 'opensid', wanted: 'running' },
      ...{ route_mode: 'open', slot: 'a', hosts: JSON.stringify([host]) },
    })),
    200,
  );
};

/** `file` = where its keys lie. */
export const makeBox = (): { readonly box: SecretBox; readonly file: string } => {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'sp-box-')), 'keys.json');
  ensureKeyFile(file, 0);
  return { box: openSecretBox(file), file };
};

export const useAcme = (
  transact: Transactor,
  authority: Pick<CertificateSettings, 'directoryUrl' | 'trust'>,
  change: Partial<CertificateSettings> = {},
): Promise<void> =>
  transact.read.settings.put('certificates', {
    ...{ authority: 'acme', contact: 'dinas@kebumenkab.go.id', bindingId: null },
    ...authority,
    ...change,
  });

export const makeKeeper = (
  deps: Pick<KeeperDeps, 'transact' | 'box' | 'proxy'> & Partial<KeeperDeps>,
): CertificateKeeper =>
  new CertificateKeeper({
    openAuthority: openAcme,
    logger: pino({ level: 'silent' }),
    shutdown: new AbortController().signal,
    now: () => new Date(),
    ...deps,
  });

/** What a browser that trusts `roots` thinks of a host. */
export interface Shown {
  readonly valid: boolean;
  readonly issuer: string;
  readonly serial: string;
  readonly notAfter: Date;
  readonly error: string | null;
}
export const shownBy = (port: number, servername: string, roots: readonly string[]): Promise<Shown> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, servername, ca: [...roots], rejectUnauthorized: false }, () => {
      const { issuer, serialNumber: serial, valid_to } = socket.getPeerCertificate();
      const error = socket.authorizationError as Error | string | null | undefined;
      resolve({
        valid: socket.authorized,
        issuer: [issuer.CN].flat().join(),
        serial,
        notAfter: new Date(valid_to),
        error: error == null ? null : String(error),
      });
      socket.destroy();
    });
    socket.on('error', reject);
  });

/** Visits hosts in turn until it is told to stop; what was not a valid certificate is counted. */
export const visitAll = (port: number, hosts: readonly string[], roots: readonly string[]) => {
  let over = false;
  const seen = { visits: 0, failed: [] as string[] };
  const work = (async () => {
    while (!over) {
      const host = hosts[seen.visits % hosts.length] ?? '';
      seen.visits += 1;
      const shown = await shownBy(port, host, roots).catch((error: unknown) => ({
        valid: false,
        error: String(error),
      }));
      // The machine has other work than visits.
      await pause(10);
      if (!shown.valid) seen.failed.push(`${host}: ${shown.error ?? ''}`);
    }
  })();
  return {
    stop: async () => {
      over = true;
      await work;
      return seen;
    },
  };
};
