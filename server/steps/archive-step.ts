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

const volumesOf = async (world: World, subject: Subject, folder: string): Promise<readonly ArchivedFile[]> => {
  const files: ArchivedFile[] = [];
  for (const volume of subject.app.volumes) {
    const name = appVolume(world, subject, volume.key);
    // An install that failed early may have made none of them.
    await world.session.ensureVolume({ name, labels: volumeLabels(subject) });
    const mount = { type: 'volume', source: name, target: '/isi', readOnly: true } as const;
    files.push(await save(folder, `${volume.key}.tar.gz`, await world.session.exportFolder([mount], '/isi')));
  }
  return files;
};

type Manifest = ReturnType<typeof manifestOf>;
const manifestOf = ({ desa, app, instance }: Subject, files: readonly ArchivedFile[], rows: readonly TableCount[]) => ({
  version: 1,
  kode: desa.kode,
  nama: desa.nama,
  app: app.name,
  host: desa.host,
  releaseId: instance.releaseId,
  tenantId: desa.tenantId,
  archivedAt: new Date().toISOString(),
  files,
  rows,
});
const fillArchive = async (world: World, subject: Subject, folder: string, signal: AbortSignal): Promise<Manifest> => {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const files = await volumesOf(world, subject, folder);
  const rows = await rowsOf(world, subject, folder, signal);
  const manifest = manifestOf(subject, [...files, ...rows.files], rows.counts);
  const keys = { appKey: await ensureAppKey(world, subject.desa), secrets: await ensureSecrets(world, subject) };
  await writeFile(path.join(folder, 'kunci.json'), JSON.stringify(keys), { mode: 0o600 });
  await writeFile(path.join(folder, 'manifest.json'), JSON.stringify(manifest, null, 2), { mode: 0o600 });
  return manifest;
};

/** Volumes, rows, keys and a manifest, complete before anything is taken away. The folder appears only when it is whole. */
export const archiveInstance = (world: World): StepHandler<'archive_instance'> => ({
  timeoutMs: 4 * 60 * 60_000,
  async apply(step) {
    const subject = await loadSubject(world, step.deployment.subjectId);
    const name = `${digitsOf(subject.desa.kode)}-${subject.app.name}-${step.deployment.id}`;
    const final = path.join(world.folders.archives, name);
    const manifest = await fillArchive(world, subject, `${final}.sebagian`, step.signal);
    await rm(final, { recursive: true, force: true });
    await rename(`${final}.sebagian`, final);
    const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
    const rows = manifest.rows.reduce((sum, one) => sum + one.rows, 0);
    return done({ path: final, bytes, rows }, async (stores) => {
      await stores.archives.create({ id: ulid(), desaKode: subject.desa.kode, path: final, manifest, bytes });
      return undefined;
    });
  },
});
