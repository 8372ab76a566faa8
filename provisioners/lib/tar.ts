import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { extract, pack } from 'tar-stream';
import { ProvisionError, type FileSpec } from '../contracts';

// tar-stream speaks streamx; everybody else here speaks Node streams.
const readable = (tar: AsyncIterable<unknown>): Readable => Readable.from(tar, { objectMode: false });
const relative = (path: string): string => posix.normalize(`/${path}`).replace(/^\/+/, '').replace(/\/+$/, '');

/** A tar of given files and folders; paths lose their leading slash, '/' itself becomes './'. */
export const filesTar = (files: readonly FileSpec[]): Readable => {
  const tar = pack();
  for (const file of files) {
    const name = relative(file.path);
    const common = { mode: file.mode, uid: file.uid, gid: file.gid, mtime: new Date() };
    if (file.content === undefined) tar.entry({ ...common, name: name === '' ? './' : `${name}/`, type: 'directory' });
    else tar.entry({ ...common, name }, file.content);
  }
  tar.finalize();
  return readable(tar);
};

/** Output of tar(1) as a stream that fails when tar fails. */
export const tarProcess = (args: readonly string[]): Readable => {
  const out = new PassThrough();
  const child = spawn('tar', [...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => (complaint = (complaint + chunk.toString('utf8')).slice(-500)));
  child.on('error', (error) =>
    out.destroy(new ProvisionError('failed', 'Could not run tar', { command: 'tar' }, error)),
  );
  child.on('close', (code) => {
    if (code === 0) out.end();
    else
      out.destroy(
        new ProvisionError('failed', `tar ended with ${code ?? -1}`, { command: 'tar', lastLine: complaint.trim() }),
      );
  });
  child.stdout.pipe(out, { end: false });
  out.on('close', () => child.kill('SIGKILL'));
  return out;
};

/** A tar of a folder on disk, owned by root, readable by all, in a stable order; `prefix` ('app/' or '') goes before each name. */
export const folderTar = (root: string, prefix = ''): Readable =>
  tarProcess([
    ...['--create', '--file=-', '--format=posix', '--pax-option=delete=atime,delete=ctime', `--directory=${root}`],
    ...['--owner=0', '--group=0', '--numeric-owner', '--mode=u=rwX,go=rX', '--sort=name', '--mtime=@0'],
    // r, h but not s: targets of symbolic links stay as they are.
    ...(prefix === '' ? [] : [`--transform=flags=rh;s,^\\./,${prefix},`]),
    '.',
  ]);

/** Walks a folder in byte order of the names: relative paths of everything in it, folders before their content. */
async function* walk(root: string, below = ''): AsyncGenerator<string> {
  const names = await readdir(join(root, below));
  for (const name of names.sort()) {
    const path = below === '' ? name : `${below}/${name}`;
    yield path;
    if ((await lstat(join(root, path))).isDirectory()) yield* walk(root, path);
  }
}

/** sha256 over names, kinds, executable bits and contents of a small folder; the hash of nothing when it does not exist. */
export const folderDigest = async (root: string): Promise<string> => {
  const hash = createHash('sha256');
  const present = await lstat(root).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
  if (!present) return hash.digest('hex');
  for await (const path of walk(root)) {
    const facts = await lstat(join(root, path));
    const kind = facts.isDirectory() ? 'd' : facts.isSymbolicLink() ? 'l' : (facts.mode & 0o111) === 0 ? 'f' : 'x';
    hash.update(`${kind} ${path}\0`);
    if (kind === 'l') hash.update(await readlink(join(root, path)));
    else if (kind !== 'd')
      hash.update(
        createHash('sha256')
          .update(await readFile(join(root, path)))
          .digest(),
      );
  }
  return hash.digest('hex');
};

/** The content of the only file of a tar; null when its first member is no plain file. */
export const singleFile = async (tar: NodeJS.ReadableStream): Promise<Buffer | null> => {
  const reader = extract();
  const feeding = Readable.from(tar, { objectMode: false });
  feeding.on('error', (error) => reader.destroy(error));
  feeding.on('data', (chunk: Buffer) => {
    if (reader.write(chunk)) return;
    feeding.pause();
    reader.once('drain', () => feeding.resume());
  });
  feeding.on('end', () => reader.end(null));
  for await (const entry of reader) {
    if (entry.header.type !== 'file') break;
    const chunks: Buffer[] = [];
    for await (const chunk of entry) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }
  feeding.destroy();
  return null;
};
