/** Archives nobody should send, made quickly whatever their size. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { constants, deflateRawSync, gzipSync } from 'node:zlib';
import {
  readTree,
  tarEntries,
  writeTar,
  zipEntries,
  zipOf,
  type TarEntry,
  type Tree,
} from '../helpers/release-fixtures';

const SAMPLE = path.join(__dirname, '../../deploy-templates/samples/opensid-2410.0.0');
const TOP = 'OpenSID-2410.0.0/';
const MIB = 1024 ** 2;
export const GIB = 1024 ** 3;
const MILLION = 1_000_000;

export const sampleTree = (): Promise<Tree> => readTree(SAMPLE);
/** A whole release, and one more entry. */
export const sampleWith = async (file: string, entry: TarEntry): Promise<void> =>
  writeTar(file, [...tarEntries(await sampleTree(), TOP), entry], 'gzip');
export const zipTree = (file: string, tree: Tree): void => writeFileSync(file, zipOf(zipEntries(tree, TOP)));

const put = (block: Buffer, at: number, text: string): void => void block.write(text, at, 'latin1');
/** A tar header of a plain file. */
const header = (name: string, size: number): Buffer => {
  const block = Buffer.alloc(512);
  const fields = `0000644\x000000000\x000000000\x00${size.toString(8).padStart(11, '0')}\x0000000000000\x00        0`;
  put(block, 0, name);
  put(block, 100, fields);
  put(block, 257, 'ustar\x0000');
  const sum = [name, fields, 'ustar00'].flatMap((text) => [...Buffer.from(text, 'latin1')]).reduce((a, b) => a + b, 0);
  put(block, 148, `${sum.toString(8).padStart(6, '0')}\x00 `);
  return block;
};

/** A file of `bytes` zeros, two kilobytes a MiB: the same packed piece over and over. */
export const writeGzipBomb = (file: string, bytes: number): void => {
  const piece = gzipSync(Buffer.alloc(16 * MIB), { level: 9 });
  const pieces = Array.from({ length: bytes / (16 * MIB) }, () => piece);
  const [head, end] = [gzipSync(header(`${TOP}besar.bin`, bytes)), gzipSync(Buffer.alloc(1024))];
  writeFileSync(file, Buffer.concat([head, ...pieces, end]));
};

/** The same in a zip; `claimed` = what its directory says of the size. */
export const writeZipBomb = (file: string, bytes: number, claimed: number): void => {
  const piece = deflateRawSync(Buffer.alloc(16 * MIB), { level: 9, finishFlush: constants.Z_FULL_FLUSH });
  const packed = Buffer.concat([...Array.from({ length: bytes / (16 * MIB) }, () => piece), Buffer.from([3, 0])]);
  writeFileSync(file, zipOf([{ name: 'besar.bin', packed, claimed }]));
};

/** A million empty files. */
export const writeMillionTar = (file: string): void => {
  const names = Array.from({ length: 1000 }, (_, index) => header(`${TOP}f${index}`, 0));
  const piece = gzipSync(Buffer.concat(names), { level: 1 });
  const pieces = Array.from({ length: MILLION / 1000 }, () => piece);
  writeFileSync(file, Buffer.concat([...pieces, gzipSync(Buffer.alloc(1024))]));
};

/** A million empty files, as only a zip of 64 bits can count them. */
export const writeMillionZip = (file: string): void => {
  const local = Buffer.alloc(31);
  local.write('PK\x03\x04', 0, 'latin1');
  local.writeUInt16LE(20, 4);
  local.writeUInt16LE(1, 26);
  local.write('f', 30, 'latin1');
  const entry = (index: number): Buffer => {
    const one = Buffer.alloc(50);
    one.write('PK\x01\x02', 0, 'latin1');
    one.writeUInt16LE(0x0314, 4);
    one.writeUInt16LE(20, 6);
    one.writeUInt16LE(4, 28);
    one.writeUInt32LE((0o100644 << 16) >>> 0, 38);
    one.write(`f${String(index).padStart(3, '0')}`, 46, 'latin1');
    return one;
  };
  const thousand = Buffer.concat(Array.from({ length: 1000 }, (_, index) => entry(index)));
  const central = Buffer.concat(Array.from({ length: MILLION / 1000 }, () => thousand));
  const [end64, place64, end] = [Buffer.alloc(56), Buffer.alloc(20), Buffer.alloc(22, 0xff)];
  end64.write('PK\x06\x06', 0, 'latin1');
  end64.writeBigUInt64LE(44n, 4);
  for (const at of [24, 32]) end64.writeBigUInt64LE(BigInt(MILLION), at);
  end64.writeBigUInt64LE(BigInt(central.length), 40);
  end64.writeBigUInt64LE(BigInt(local.length), 48);
  place64.write('PK\x06\x07', 0, 'latin1');
  place64.writeBigUInt64LE(BigInt(local.length + central.length), 8);
  place64.writeUInt32LE(1, 16);
  end.write('PK\x05\x06', 0, 'latin1');
  end.fill(0, 4, 8);
  end.writeUInt16LE(0, 20);
  writeFileSync(file, Buffer.concat([local, central, end64, place64, end]));
};

/** A bare repository whose tag `v2410.0.0` holds a thousand folders of a thousand empty files: three objects. */
export const writeMillionRepository = (folder: string): void => {
  const run = (argv: readonly string[], input = ''): string =>
    execFileSync('git', argv, { cwd: folder, input, encoding: 'utf8' }).trim();
  const thousand = (kind: string, id: string): string => {
    const lines = Array.from({ length: 1000 }, (_, index) => `${kind} ${id}\tf${String(index).padStart(3, '0')}`);
    return run(['mktree'], `${lines.join('\n')}\n`);
  };
  run(['init', '--quiet', '--bare', '.']);
  const blob = run(['hash-object', '-w', '--stdin']);
  const tree = thousand('040000 tree', thousand('100644 blob', blob));
  const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.test'];
  run(['tag', 'v2410.0.0', run([...who, 'commit-tree', tree, '-m', 'rilis'])]);
};
