import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ProvisionError, type ReleaseSource } from '../../provisioners/contracts';
import type { TreeLimits } from '../../provisioners/lib/release-rules';
import { inspectTree } from '../../provisioners/lib/release-tree';
import { file, inTempFolder, linkTo, readTree, script, type Tree } from '../helpers/release-fixtures';

/** How a test puts a tree where a source can fetch it. `tag` is passed on. */
export interface ReleaseSourceWorld {
  readonly name: string;
  create(limits?: TreeLimits): ReleaseSource;
  place(folder: string, tree: Tree): Promise<{ readonly location: string; readonly tag?: string }>;
  /** Something of the right shape that is not there. */
  missing(folder: string): { readonly location: string; readonly tag?: string };
  readonly keepsEmptyFolders: boolean;
}

const TREE: Tree = {
  'composer.json': file('{}'),
  'app/index.php': file('<?php echo 1;'),
  'app/nama dengan spasi & ünïcode.php': file('<?php'),
  'app/kosong.txt': file(''),
  'bin/artisan': script('#!/usr/bin/env php'),
  'public/logo.bin': file('\x01\x02'.repeat(700_000)),
  'public/storage': linkTo('../storage/app'),
  'public/hilang': linkTo('belum/ada'),
  'storage/app/.gitignore': file('*'),
};
const none = new AbortController().signal;
const SMALL: TreeLimits = { totalBytes: 5000, fileBytes: 4000, entries: 12, ratio: 200 };

export function releaseSourceContract(world: ReleaseSourceWorld): void {
  const fetchInto = async (
    folder: string,
    tree: Tree,
    options: {
      readonly limits?: TreeLimits;
      readonly signal?: AbortSignal;
      readonly progress?: (done: number, total: number | null) => void;
    } = {},
  ) => {
    const request = await world.place(join(folder, 'source'), tree);
    const into = join(folder, 'work', 'tree');
    await mkdir(into, { recursive: true });
    const source = world.create(options.limits);
    const fetched = source.fetch(request, into, options.progress ?? (() => undefined), options.signal ?? none);
    return { source, request, into, fetched };
  };
  const leftovers = async (folder: string) => ({
    beside: await readdir(join(folder, 'work')),
    inside: await readdir(join(folder, 'work', 'tree')),
  });
  const CLEAN = { beside: ['tree'], inside: [] };

  describe(`release source ${world.name}`, () => {
    it('lays the tree exactly, with x bits and inner links, and nothing beside it', () =>
      inTempFolder(async (folder) => {
        const { source, request, into, fetched } = await fetchInto(folder, TREE);
        expect(source.accepts(request.location)).toBe(true);
        expect((await fetched).label).not.toBe('');
        expect(await readTree(into)).toEqual(TREE);
        expect((await leftovers(folder)).beside).toEqual(['tree']);
      }));

    it('gives the same checksum every time', () =>
      inTempFolder(async (folder) => {
        const { into, fetched } = await fetchInto(folder, TREE);
        await fetched;
        const facts = await inspectTree(into, { signal: none });
        expect(facts).toEqual({
          checksum: '6e6cd5b7de1e03bf563c4d3200e5f5b6cf9df45d3fb8963ccf0fad171b810368',
          bytes: 1_400_039,
          files: 7,
        });
      }));

    it('tells growing bytes', () =>
      inTempFolder(async (folder) => {
        const seen: number[] = [];
        const { fetched } = await fetchInto(folder, TREE, { progress: (done) => seen.push(done) });
        await fetched;
        expect(seen.length).toBeGreaterThan(0);
        expect(seen).toEqual(seen.toSorted((a, b) => a - b));
        expect(seen.at(-1)).toBeGreaterThan(0);
      }));

    it.each([
      ['a link to an absolute path', { 'a/passwd': linkTo('/etc/passwd') }, 'link_outside'],
      ['a link out of the tree', { 'a/up': linkTo('../../outside') }, 'link_outside'],
      ['a link that climbs after a name', { 'a/b': linkTo('c'), up: linkTo('a/b/../../..') }, 'link_outside'],
      ['a file that is too large', { 'a.bin': file('x'.repeat(4001)) }, 'too_large'],
      ['a tree that is too large', { 'a.bin': file('x'.repeat(3000)), 'b.bin': file('y'.repeat(3000)) }, 'too_large'],
      [
        'too many files',
        Object.fromEntries(Array.from({ length: 13 }, (_, index) => [`f${index}`, file('')])),
        'too_many_files',
      ],
    ] satisfies readonly (readonly [string, Tree, string])[])('refuses %s and leaves nothing', (_name, tree, reason) =>
      inTempFolder(async (folder) => {
        const { fetched } = await fetchInto(folder, { 'composer.json': file('{}'), ...tree }, { limits: SMALL });
        await expect(fetched).rejects.toMatchObject({ code: 'invalid', details: { reason } });
        expect(await leftovers(folder)).toEqual(CLEAN);
      }),
    );

    it('stops when told to and leaves nothing', () =>
      inTempFolder(async (folder) => {
        const stop = new AbortController();
        const many = Object.fromEntries(
          Array.from({ length: 400 }, (_, index) => [`d/f${index}`, file(`${index}`.repeat(9000))]),
        );
        const progress = (): void => stop.abort(new Error('stopped by the test'));
        const { fetched } = await fetchInto(folder, many, { signal: stop.signal, progress });
        await expect(fetched).rejects.toThrow('stopped by the test');
        expect(await leftovers(folder)).toEqual(CLEAN);
      }));

    it('does not begin when it was stopped before', () =>
      inTempFolder(async (folder) => {
        const { fetched } = await fetchInto(folder, TREE, { signal: AbortSignal.abort(new Error('before')) });
        await expect(fetched).rejects.toThrow('before');
        expect(await leftovers(folder)).toEqual(CLEAN);
      }));

    it('says so when there is nothing', () =>
      inTempFolder(async (folder) => {
        const into = join(folder, 'work', 'tree');
        await mkdir(into, { recursive: true });
        const fetched = world.create().fetch(world.missing(folder), into, () => undefined, none);
        const error: unknown = await fetched.then(
          () => null,
          (thrown: unknown) => thrown,
        );
        expect(error).toBeInstanceOf(ProvisionError);
        expect(['not_found', 'unreachable']).toContain(error instanceof ProvisionError ? error.code : null);
        expect(await leftovers(folder)).toEqual(CLEAN);
      }));

    if (world.keepsEmptyFolders) {
      it('keeps empty folders', () =>
        inTempFolder(async (folder) => {
          const { into, fetched } = await fetchInto(folder, { 'a.php': file(''), 'storage/logs': { kind: 'dir' } });
          await fetched;
          expect(await readTree(into)).toMatchObject({ 'storage/logs': { kind: 'dir' } });
        }));
    }
  });
}
