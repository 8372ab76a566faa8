import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureKeyFile, openSecretBox, type SecretBox } from '../../server/auth/secret-box';
import { TERMINAL } from '../../server/domain/actor';
import { kodeWilayah } from '../../server/domain/kode-wilayah';
import { writeSettings } from '../../server/services/setting-service';
import { loadKabupaten } from '../../server/services/wilayah-service';
import type { Transactor } from '../../server/stores';
import { regionSource } from './small-region';

export const KLIRONG = { kode: '33.05.05.2011', host: 'klirong.kec-klirong.kebumenkab.go.id' };
export const BUMIREJO = { kode: '33.05.12.1026', host: 'bumirejo.kec-kebumen.kebumenkab.go.id' };

/** A kabupaten with two desa rows, as after their installation. */
export const addInstalledDesa = async (transactor: Transactor): Promise<void> => {
  await transactor.run(async (stores) => {
    const loaded = await loadKabupaten(stores, regionSource(), kodeWilayah('33.05'));
    await writeSettings(stores, TERMINAL, [
      { key: 'kabupaten', value: { kode: loaded.kode, nama: loaded.nama } },
      { key: 'dashboardHost', value: 'dasbor.kebumenkab.go.id' },
    ]);
    for (const { kode, host } of [KLIRONG, BUMIREJO])
      await stores.desa.ensure({
        kode,
        kecamatanKode: kode.slice(0, 8),
        nama: host.split('.')[0] ?? '',
        jenis: 'desa',
        host,
        network: 'n',
        databaseId: null,
      });
  });
};

export const makeSecretBox = (): { readonly box: SecretBox; readonly file: string; remove(): void } => {
  const folder = mkdtempSync(path.join(tmpdir(), 'sp-key-'));
  const file = path.join(folder, 'key.json');
  ensureKeyFile(file, process.getgid?.() ?? 0);
  return { box: openSecretBox(file), file, remove: () => rmSync(folder, { recursive: true }) };
};
