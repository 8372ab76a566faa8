import { createHash } from 'node:crypto';
import { access, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import { ProvisionError, type AppAdapter, type ReleaseFacts } from '../../../provisioners/contracts';
import { openTree, readTreeFile } from '../../../provisioners/lib/release-store';
import { createReleaseSources, importRelease, type ImportRequest } from '../../../provisioners/releases/index';
import { sweepImports } from '../../../provisioners/releases/import-release';
import { file, inTempFolder, linkTo, script, writeTree, type Tree } from '../../helpers/release-fixtures';

const FACTS: ReleaseFacts = {
  version: '2410.0.0',
  schemaVersion: null,
  phpConstraint: null,
  channel: 'umum',
  notes: null,
};
const app = (facts: Partial<ReleaseFacts> = {}, own: Partial<AppAdapter> = {}): AppAdapter => ({
  name: 'contoh',
  label: 'Contoh',
  description: '',
  icon: 'x',
  scope: 'desa',
  path: '/',
  order: 10,
  needs: [],
  database: 'none',
  phpLines: ['8.2'],
  pairing: 'any',
  licence: 'gpl',
  limits: { memoryBytes: 1, memoryReservationBytes: 1, pids: 1 },
  holdsTraffic: false,
  secrets: {},
  volumes: [],
  sharedMounts: [],
  tmpfs: [],
  configTargets: [],
  readRelease: async (root) => {
    await access(join(root, 'composer.json')).catch(() => {
      throw new ProvisionError('invalid', 'not a release', { reason: 'not_a_release' });
    });
    return { ...FACTS, ...facts };
  },
  files: () => [],
  seedFiles: () => ({}),
  tasks: {},
  judge: () => ({ ok: true, reason: null, facts: {} }),
  page: () => ({ path: '/', mustContain: [] }),
  firstAccount: null,
  ...own,
});

const COMPOSER = { require: { php: '^8.1', 'ext-gd': '*', 'laravel/framework': '^10.0' } };
const GOOD: Tree = {
  'composer.json': file(JSON.stringify(COMPOSER)),
  'composer.lock': file('{}'),
  'index.php': file('<?php echo 1;'),
  'bin/run': script('#!/bin/sh'),
  'public/storage': linkTo('../storage'),
  'storage/logs': { kind: 'dir' },
};
const stub = file(`<?php eval(gzinflate(base64_decode('${'QWxsIHdvcmRzIGFyZSBvdXIgb3du'.repeat(40)}')));`);

interface World {
  readonly folder: string;
  readonly request: (over?: Partial<ImportRequest>) => ImportRequest;
}
const inWorld = (tree: Tree, work: (world: World) => Promise<void>): Promise<void> =>
  inTempFolder(async (folder) => {
    const location = join(folder, 'v2410.0.0');
    await writeTree(location, tree);
    await work({
      folder,
      request: (over = {}) => ({
        app: app(),
        sources: createReleaseSources(),
        location,
        storeDir: join(folder, 'store'),
        workDir: join(folder, 'work'),
        onProgress: () => undefined,
        signal: new AbortController().signal,
        ...over,
      }),
    });
  });

const list = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);

async function namesIn(path: string, prefix: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  const unpack = extract();
  unpack.on('entry', (header, content, next) => {
    const chunks: Buffer[] = [];
    content.on('data', (chunk) => {
      if (Buffer.isBuffer(chunk)) chunks.push(chunk);
    });
    content.on('end', () => {
      const mode = header.mode.toString(8);
      found[header.name] =
        `${header.type} ${mode} ${header.uid}:${header.gid} ${header.linkname || Buffer.concat(chunks).toString()}`;
      next();
    });
  });
  await pipeline(openTree(path, prefix)(), unpack);
  return found;
}

describe('import of a release', () => {
  it('stores one immutable archive and tells its stages', () =>
    inWorld(GOOD, async ({ folder, request }) => {
      const stages: string[] = [];
      const imported = await importRelease(request({ onProgress: (stage) => stages.push(stage) }));
      expect(imported).toMatchObject({
        app: 'contoh',
        version: '2410.0.0',
        source: 'folder',
        label: 'v2410.0.0',
        phpLines: ['8.2'],
        phpConstraint: '^8.1',
        dependencies: 'lock',
        encodedFiles: [],
        files: 4,
        outcome: 'stored',
      });
      expect(imported.path).toBe(join(folder, 'store/contoh', `2410.0.0-${imported.checksum.slice(0, 12)}.tar.gz`));
      expect([...new Set(stages)]).toEqual(['fetching', 'verifying', 'storing']);
      expect((await stat(imported.path)).mode & 0o777).toBe(0o444);
      expect(await list(join(folder, 'store/contoh'))).toHaveLength(1);
      expect(await list(join(folder, 'work'))).toEqual([]);
    }));

  it('twice changes nothing', () =>
    inWorld(GOOD, async ({ folder, request }) => {
      const first = await importRelease(request());
      const before = await stat(first.path);
      const second = await importRelease(request());
      expect(second).toMatchObject({ path: first.path, checksum: first.checksum, outcome: 'kept' });
      expect((await stat(first.path)).mtimeMs).toBe(before.mtimeMs);
      expect(await list(join(folder, 'store/contoh'))).toHaveLength(1);
    }));

  it('at the same time gives one archive', () =>
    inWorld(GOOD, async ({ folder, request }) => {
      const both = await Promise.all([importRelease(request()), importRelease(request())]);
      expect(both[0].path).toBe(both[1].path);
      expect(await list(join(folder, 'store/contoh'))).toHaveLength(1);
    }));

  it('gives the same bytes on every machine', () =>
    inWorld(GOOD, async ({ folder, request }) => {
      const hashes = await Promise.all(
        ['one', 'two'].map(async (name) => {
          const imported = await importRelease(request({ storeDir: join(folder, name) }));
          return createHash('sha256')
            .update(await readFile(imported.path))
            .digest('hex');
        }),
      );
      expect(hashes[0]).toBe(hashes[1]);
    }));

  it('gives the tree back as a tar, owned by root, below a folder when asked', () =>
    inWorld(GOOD, async ({ request }) => {
      const { path } = await importRelease(request());
      const plain = await namesIn(path, '');
      expect(plain).toMatchObject({
        'bin/run': 'file 755 0:0 #!/bin/sh',
        'index.php': 'file 644 0:0 <?php echo 1;',
        'public/storage': 'symlink 777 0:0 ../storage',
        'storage/logs/': 'directory 755 0:0 ',
      });
      const moved = await namesIn(path, 'app');
      expect(await namesIn(path, '/app/')).toEqual(moved);
      expect(moved).toEqual(Object.fromEntries(Object.entries(plain).map(([name, fact]) => [`app/${name}`, fact])));
    }));

  it('gives single files back', () =>
    inWorld({ ...GOOD, 'big.bin': file('x'.repeat(6 * 1024 ** 2)) }, async ({ request }) => {
      const { path } = await importRelease(request());
      expect((await readTreeFile(path, 'bin/run'))?.toString()).toBe('#!/bin/sh');
      expect((await readTreeFile(path, 'big.bin'))?.length).toBe(6 * 1024 ** 2);
      expect(await readTreeFile(path, 'bin')).toBeNull();
      expect(await readTreeFile(path, 'public/storage')).toBeNull();
      await expect(readTreeFile(`${path}.none`, 'a')).rejects.toMatchObject({ code: 'not_found' });
    }));

  it('tells progress now and then, and every stage to its end', () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`f${at}.txt`, file('x'.repeat(1000))]));
    return inWorld({ ...GOOD, ...many }, async ({ request }) => {
      const told: [string, number, number | null][] = [];
      const { bytes } = await importRelease(request({ onProgress: (...one) => told.push(one) }));
      for (const stage of ['fetching', 'verifying', 'storing'])
        expect(told.filter(([name]) => name === stage).at(-1)).toEqual([stage, bytes, bytes]);
      expect(told.length).toBeLessThan(100);
    });
  });

  it('has another checksum when a byte, an x bit, a link or an empty folder differs', async () => {
    const checksums = new Set<string>();
    const variants: readonly Tree[] = [
      GOOD,
      { ...GOOD, 'index.php': file('<?php echo 2;') },
      { ...GOOD, 'bin/run': file('#!/bin/sh') },
      { ...GOOD, 'public/storage': linkTo('../bin') },
      { ...GOOD, 'storage/cache': { kind: 'dir' } },
    ];
    for (const tree of variants) {
      await inWorld(tree, async ({ request }) => void checksums.add((await importRelease(request())).checksum));
    }
    expect(checksums.size).toBe(variants.length);
  });

  it.each([
    ['is no release of this app', { 'a.php': file('') }, {}, 'not_a_release'],
    ['has neither vendor nor lock', { 'composer.json': file(JSON.stringify(COMPOSER)) }, {}, 'no_vendor_no_lock'],
    ['has an unreadable composer.json', { ...GOOD, 'composer.json': file('{"require":[') }, {}, 'composer_unreadable'],
    ['wants another PHP', GOOD, { app: app({ phpConstraint: '^8.4' }) }, 'php_unsupported'],
    ['is another version than its tag', GOOD, { tag: 'v2409.0.0' }, 'version_mismatch'],
    ['has a version that is no name', GOOD, { app: app({ version: '../../x' }) }, 'version_invalid'],
    ['is of another channel', GOOD, { channel: 'premium' as const }, 'channel_mismatch'],
    ['is encoded', { ...GOOD, 'app/a.php': stub }, {}, 'encoded_php'],
    ['comes from nowhere', GOOD, { location: '/nowhere/at/all' }, 'no_source'],
    ['comes through a command', GOOD, { location: 'ext::sh -c id', tag: 'v1' }, 'protocol_refused'],
  ] satisfies readonly (readonly [string, Tree, Partial<ImportRequest>, string])[])(
    'refuses what %s and leaves nothing',
    (_name, tree, over, reason) =>
      inWorld(tree, async ({ folder, request }) => {
        await expect(importRelease(request(over))).rejects.toMatchObject({ code: 'invalid', details: { reason } });
        expect(await list(join(folder, 'work'))).toEqual([]);
        expect(await list(join(folder, 'store/contoh'))).toEqual([]);
      }),
  );

  it('asks for a token of OpenDesa when the release is premium', () =>
    inWorld(GOOD, async ({ request }) => {
      const premium = importRelease(request({ app: app({ channel: 'premium' }), channel: 'premium' }));
      await expect(premium).rejects.toMatchObject({ code: 'refused', details: { reason: 'premium_needs_token' } });
    }));

  it('takes a plain release with a few encoded files and names them, but not for an app that is encoded by rule', () => {
    const many = Object.fromEntries(Array.from({ length: 99 }, (_, at) => [`app/f${at}.php`, file('<?php echo 1;')]));
    return inWorld({ ...GOOD, ...many, 'app/z.php': stub }, async ({ request }) => {
      expect((await importRelease(request())).encodedFiles).toEqual(['app/z.php']);
      const entitled = importRelease(request({ app: app({}, { licence: 'entitlement' }) }));
      await expect(entitled).rejects.toMatchObject({ details: { reason: 'encoded_php', path: 'app/z.php', files: 1 } });
    });
  });

  it('needs no lock when nothing but PHP is required', () =>
    inWorld({ 'composer.json': file('{"require":{"php":">=8.1","ext-pdo":"*"}}') }, async ({ request }) => {
      expect(await importRelease(request())).toMatchObject({ dependencies: 'none', phpConstraint: '>=8.1' });
    }));

  it('finds a release by tag in a folder of releases', () =>
    inWorld(GOOD, async ({ folder, request }) => {
      const imported = await importRelease(request({ location: folder, tag: 'v2410.0.0' }));
      expect(imported.label).toBe('v2410.0.0');
    }));

  it.each(['fetching', 'verifying', 'storing'] as const)('stopped while %s leaves nothing', (wanted) => {
    const many = Object.fromEntries(
      Array.from({ length: 300 }, (_, at) => [`app/f${at}.php`, file(`<?php echo ${at};`)]),
    );
    return inWorld({ ...GOOD, ...many }, async ({ folder, request }) => {
      const stop = new AbortController();
      const onProgress = (stage: string): void => {
        if (stage === wanted) stop.abort(new Error('stopped by the test'));
      };
      await expect(importRelease(request({ onProgress, signal: stop.signal }))).rejects.toThrow('stopped by the test');
      expect(await list(join(folder, 'work'))).toEqual([]);
      expect(await list(join(folder, 'store/contoh'))).toEqual([]);
    });
  });

  it('tells a store that cannot be written', () =>
    inWorld(GOOD, async ({ folder, request }) => {
      await writeFile(join(folder, 'store'), 'a file');
      await expect(importRelease(request())).rejects.toMatchObject({ code: 'failed', details: { errno: 'ENOTDIR' } });
      expect(await list(join(folder, 'work'))).toEqual([]);
    }));

  it('clears away what dead imports left, and only that', () =>
    inTempFolder(async (folder) => {
      const dead = 4_194_305;
      const made = [
        `work/import-${dead}-x`,
        `work/import-${process.pid}-y`,
        'work/other',
        `store/app/.tmp-${dead}-z`,
        'store/app/1.tar.gz',
      ];
      for (const name of made) await mkdir(join(folder, name), { recursive: true });
      await sweepImports(join(folder, 'work'), join(folder, 'store'));
      expect((await list(join(folder, 'work'))).sort()).toEqual([`import-${process.pid}-y`, 'other']);
      expect(await list(join(folder, 'store/app'))).toEqual(['1.tar.gz']);
    }));
});
