import { execFileSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, readlink, lstat, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createGzip, deflateRawSync } from 'node:zlib';
import { pack, type Header } from 'tar-stream';

/** What a tree holds: path → content, or a link, or a folder. */
export type Node =
  | { readonly kind: 'file'; readonly content: string | Buffer; readonly executable?: boolean }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'dir' };
export type Tree = Readonly<Record<string, Node>>;

export const file = (content: string | Buffer): Node => ({ kind: 'file', content });
export const script = (content: string): Node => ({ kind: 'file', content, executable: true });
export const linkTo = (target: string): Node => ({ kind: 'link', target });

export async function inTempFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'release-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export async function writeTree(root: string, tree: Tree): Promise<void> {
  await mkdir(root, { recursive: true });
  for (const [path, node] of Object.entries(tree)) {
    const full = join(root, path);
    await mkdir(node.kind === 'dir' ? full : dirname(full), { recursive: true });
    if (node.kind === 'link') await symlink(node.target, full);
    if (node.kind === 'file') {
      await writeFile(full, node.content);
      await chmod(full, node.executable === true ? 0o755 : 0o644);
    }
  }
}

/** Reads a folder back as a `Tree`, empty folders included, contents as text. */
export async function readTree(root: string, at = ''): Promise<Record<string, Node>> {
  const found: Record<string, Node> = {};
  const names = await readdir(join(root, at));
  if (names.length === 0 && at !== '') return { [at]: { kind: 'dir' } };
  for (const name of names.sort()) {
    const path = at === '' ? name : `${at}/${name}`;
    const stat = await lstat(join(root, path));
    if (stat.isDirectory()) Object.assign(found, await readTree(root, path));
    else if (stat.isSymbolicLink()) found[path] = linkTo(await readlink(join(root, path)));
    else {
      const content = await readFile(join(root, path), 'utf8');
      found[path] = (stat.mode & 0o111) === 0 ? file(content) : script(content);
    }
  }
  return found;
}

export type TarEntry = Partial<Header> & { readonly name: string; readonly content?: string | Buffer };

export const tarEntries = (tree: Tree, prefix = ''): readonly TarEntry[] =>
  Object.entries(tree).map(([path, node]): TarEntry => {
    const name = `${prefix}${path}`;
    if (node.kind === 'dir') return { name: `${name}/`, type: 'directory' };
    if (node.kind === 'link') return { name, type: 'symlink', linkname: node.target };
    return { name, type: 'file', content: node.content, mode: node.executable === true ? 0o755 : 0o644 };
  });

export async function writeTar(
  path: string,
  entries: readonly TarEntry[],
  compression: 'gzip' | 'none',
): Promise<void> {
  const tar = pack();
  for (const { content, ...header } of entries) tar.entry(header, content ?? '');
  tar.finalize();
  const stream = Readable.from(tar, { objectMode: false });
  if (compression === 'gzip') await pipeline(stream, createGzip({ level: 1 }), createWriteStream(path));
  else await pipeline(stream, createWriteStream(path));
}

export interface ZipEntry {
  readonly name: string;
  readonly content?: string | Buffer;
  /** Deflated bytes instead of the content, and the size its directory claims. */
  readonly packed?: Buffer;
  readonly claimed?: number;
  /** Unix mode with type bits. */
  readonly mode?: number;
  readonly crc?: number;
  readonly flags?: number;
  /** Put this many directory records for the same bytes. */
  readonly copies?: number;
}

/** A zip with whatever names, modes and lies a test wants. */
export function zipOf(entries: readonly ZipEntry[]): Buffer {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const content = Buffer.from(entry.content ?? '');
    const packed = entry.packed ?? deflateRawSync(content, { level: 9 });
    const name = Buffer.from(entry.name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE((entry.flags ?? 0) | 0x800, 2);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(entry.crc ?? crc32(content), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(entry.claimed ?? content.length, 18);
    common.writeUInt16LE(name.length, 22);
    const head = Buffer.concat([Buffer.from('PK\x03\x04'), common, name, packed]);
    for (let copy = 0; copy < (entry.copies ?? 1); copy++) {
      const ownName = copy === 0 ? name : Buffer.from(String(copy).padStart(name.length, '0'));
      const rest = Buffer.alloc(14);
      rest.writeUInt32LE(((entry.mode ?? 0o100644) << 16) >>> 0, 6);
      rest.writeUInt32LE(offset, 10);
      central.push(Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.from([20, 3]), common, rest, ownName]));
    }
    local.push(head);
    offset += head.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(central.length, 4);
  end.writeUInt16LE(central.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...local, directory, Buffer.from('PK\x05\x06'), end]);
}

export const zipEntries = (tree: Tree, prefix = ''): readonly ZipEntry[] =>
  Object.entries(tree).map(([path, node]): ZipEntry => {
    const name = `${prefix}${path}`;
    if (node.kind === 'dir') return { name: `${name}/`, mode: 0o040755 };
    if (node.kind === 'link') return { name, content: node.target, mode: 0o120777 };
    return { name, content: node.content, mode: node.executable === true ? 0o100755 : 0o100644 };
  });

export const git = (cwd: string, ...argv: readonly string[]): string =>
  execFileSync(
    'git',
    ['-c', 'user.name=t', '-c', 'user.email=t@example.test', '-c', 'init.defaultBranch=main', ...argv],
    {
      cwd,
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );

/** A bare repository with one commit of `tree`, tagged. */
export async function writeRepository(folder: string, tree: Tree, tag: string): Promise<string> {
  const work = join(folder, 'work');
  await writeTree(work, tree);
  git(work, 'init', '-q');
  git(work, 'add', '-A', '-f');
  git(work, 'commit', '-q', '--allow-empty', '-m', 'release');
  git(work, 'tag', '-a', '-m', 'release', tag);
  const bare = join(folder, 'repository.git');
  git(folder, 'clone', '-q', '--bare', work, bare);
  await rm(work, { recursive: true });
  return bare;
}
