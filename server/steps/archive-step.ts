import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { ulid } from 'ulid';
import type { TableCount } from '../../provisioners/contracts';
import { digitsOf } from '../domain/names';
import { done, type StepHandler } from '../rollouts/handler';
import { ensureAppKey, ensureSecrets, sharedDatabase } from './context';
import { appVolume } from './parts';
import { volumeLabels } from './storage-steps';
import { loadSubject, type Subject } from './subject';
import type { World } from './world';

interface ArchivedFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Streams into a file beside its final name and measures it on the way. */
const save = async (folder: string, name: string, source: NodeJS.ReadableStream): Promise<ArchivedFile> => {
  const hash = createHash('sha256');
  let bytes = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      hash.update(chunk);
      bytes += chunk.length;
      next(null, chunk);
    },
  });
  await pipeline(source, createGzip({ level: 1 }), meter, createWriteStream(path.join(folder, name), { mode: 0o600 }));
  return { name, bytes, sha256: hash.digest('hex') };
};

const rowsOf = async (
  world: World,
  subject: Subject,
  folder: string,
  signal: AbortSignal,
): Promise<{ readonly files: readonly ArchivedFile[]; readonly counts: readonly TableCount[] }> => {
  const { app, desa, instance } = subject;
  if (app.database === 'shared' && desa.tenantId !== null && app.tenantRows !== undefined) {
    const database = await sharedDatabase(world, desa.databaseId);
    const dump = await world.databaseServer.dumpTenant(
      database.schemaName,
      app.tenantRows(desa.tenantId),
      path.join(folder, 'baris.sql.gz'),
      signal,
    );
    return { files: [{ name: 'baris.sql.gz', bytes: dump.bytes, sha256: dump.sha256 }], counts: dump.counts };
  }
  if (
    app.database === 'own' &&
    instance.schemaName !== null &&
    (await world.databaseServer.schemaExists(instance.schemaName))
  ) {
    const dump = await world.databaseServer.dump(instance.schemaName, path.join(folder, 'skema.sql.gz'), signal);
    return { files: [{ name: 'skema.sql.gz', bytes: dump.bytes, sha256: dump.sha256 }], counts: [] };
  }
  return { files: [], counts: [] };
};

/** Volumes, rows, keys and a manifest, complete before anything is taken away. The folder appears only when it is whole. */
export const archiveInstance = (world: World): StepHandler<'archive_instance'> => ({
  timeoutMs: 4 * 60 * 60_000,
  async apply(step) {
    const subject = await loadSubject(world, step.deployment.subjectId);
    const final = path.join(
      world.folders.archives,
      `${digitsOf(subject.desa.kode)}-${subject.app.name}-${step.deployment.id}`,
    );
    const folder = `${final}.sebagian`;
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const files: ArchivedFile[] = [];
    for (const volume of subject.app.volumes) {
      // An install that failed early may have made none of them.
      await world.session.ensureVolume({ name: appVolume(world, subject, volume.key), labels: volumeLabels(subject) });
      const mount = {
        type: 'volume',
        source: appVolume(world, subject, volume.key),
        target: '/isi',
        readOnly: true,
      } as const;
      files.push(await save(folder, `${volume.key}.tar.gz`, await world.session.exportFolder([mount], '/isi')));
    }
    const rows = await rowsOf(world, subject, folder, step.signal);
    const secrets = await ensureSecrets(world, subject);
    const manifest = {
      version: 1,
      kode: subject.desa.kode,
      nama: subject.desa.nama,
      app: subject.app.name,
      host: subject.desa.host,
      releaseId: subject.instance.releaseId,
      tenantId: subject.desa.tenantId,
      archivedAt: new Date().toISOString(),
      files: [...files, ...rows.files],
      rows: rows.counts,
    };
    await writeFile(
      path.join(folder, 'kunci.json'),
      JSON.stringify({ appKey: await ensureAppKey(world, subject.desa.kode), secrets }),
      { mode: 0o600 },
    );
    await writeFile(path.join(folder, 'manifest.json'), JSON.stringify(manifest, null, 2), { mode: 0o600 });
    await rm(final, { recursive: true, force: true });
    await rename(folder, final);
    const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
    return done({ path: final, bytes, rows: rows.counts.reduce((sum, one) => sum + one.rows, 0) }, async (stores) => {
      await stores.archives.create({
        id: ulid(),
        desaKode: subject.desa.kode,
        path: final,
        manifest,
        bytes,
      });
      return undefined;
    });
  },
});
