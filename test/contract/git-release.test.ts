import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_LIMITS } from '../../provisioners/lib/release-rules';
import { createGitSource, receivedBytes, repositoryAddress } from '../../provisioners/releases/git';
import { serveRepositories, type GitServerOptions } from '../helpers/git-over-https';
import { file, git, inTempFolder, readTree, writeRepository, type Tree } from '../helpers/release-fixtures';

// git and its server are many short processes: on a busy machine they take their time.
jest.setTimeout(30_000);

const TOKEN = 'ghp_rahasiaSekali123';
const TREE: Tree = { 'composer.json': file('{}'), 'a/b.php': file('<?php') };
const none = new AbortController().signal;

/** Command lines and environments of all processes of this machine, as far as they may be read. */
function processTexts(kind: 'cmdline' | 'environ'): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/${kind}`, 'latin1')];
      } catch {
        return [];
      }
    });
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

interface Bench {
  readonly folder: string;
  readonly into: string;
  readonly fetch: (over?: {
    readonly credential?: string;
    readonly tag?: string;
    readonly path?: string;
  }) => Promise<unknown>;
  readonly seen: readonly string[];
}
const withServer = (options: Partial<GitServerOptions>, work: (bench: Bench) => Promise<void>): Promise<void> =>
  inTempFolder(async (folder) => {
    const root = join(folder, 'served');
    await mkdir(root);
    await writeRepository(root, TREE, 'v1.0.0');
    const server = await serveRepositories({ root, login: `x-access-token:${TOKEN}`, ...options });
    const into = join(folder, 'work', 'tree');
    await mkdir(into, { recursive: true });
    const source = createGitSource(DEFAULT_LIMITS, { GIT_SSL_CAINFO: server.caFile });
    try {
      await work({
        folder,
        into,
        seen: server.seen,
        fetch: ({ path = 'repository.git', ...over } = {}) =>
          source.fetch({ location: `${server.origin}/${path}`, tag: 'v1.0.0', ...over }, into, () => undefined, none),
      });
    } finally {
      await server.close();
    }
  });

describe('git over https with a token', () => {
  it('fetches, and the token is in no command line, environment or file meanwhile or after', () => {
    const found: string[] = [];
    let looked = 0;
    let workFolder = '';
    const look = (): void => {
      looked++;
      for (const kind of ['cmdline', 'environ'] as const) {
        if (processTexts(kind).some((text) => text.includes(TOKEN))) found.push(kind);
      }
      for (const name of readdirSync(workFolder, { recursive: true, withFileTypes: true })) {
        if (name.isFile() && readFileSync(join(name.parentPath, name.name), 'latin1').includes(TOKEN))
          found.push(name.name);
      }
    };
    return withServer({ onRequest: () => look() }, async ({ folder, into, fetch, seen }) => {
      workFolder = join(folder, 'work');
      await expect(fetch({ credential: TOKEN })).resolves.toEqual({ label: 'v1.0.0' });
      expect(await readTree(into)).toEqual(TREE);
      expect(seen).toContain(`x-access-token:${TOKEN}`);
      expect(looked).toBeGreaterThan(1);
      expect(found).toEqual([]);
      for (const path of await filesBelow(workFolder)) expect(await readFile(path, 'latin1')).not.toContain(TOKEN);
      expect(await readdir(workFolder)).toEqual(['tree']);
    });
  });

  it.each([
    ['a wrong token', 'ghp_lain'],
    ['no token', undefined],
  ])('with %s is told to be refused, not unreachable', (_name, credential) =>
    withServer({}, async ({ folder, into, fetch }) => {
      const fetched = fetch(credential === undefined ? {} : { credential });
      await expect(fetched).rejects.toMatchObject({ code: 'refused', details: { reason: 'credential_refused' } });
      expect(await readdir(into)).toEqual([]);
      expect(await readdir(join(folder, 'work'))).toEqual(['tree']);
    }),
  );

  it('gives the token to no other host, even when sent there', () =>
    withServer({}, async (secret) => {
      await withServer({ login: `x-access-token:${TOKEN}` }, async (thief) => {
        const thiefServer = await serveRepositories({ root: join(thief.folder, 'served'), login: 'never:let in' });
        const redirecting = await serveRepositories({
          root: join(thief.folder, 'served'),
          login: null,
          redirectTo: thiefServer.origin,
        });
        try {
          const both = join(secret.folder, 'both.pem');
          await writeFile(
            both,
            (await readFile(thiefServer.caFile, 'utf8')) + (await readFile(redirecting.caFile, 'utf8')),
          );
          const source = createGitSource(DEFAULT_LIMITS, { GIT_SSL_CAINFO: both });
          const request = { location: `${redirecting.origin}/repository.git`, tag: 'v1.0.0', credential: TOKEN };
          await expect(source.fetch(request, secret.into, () => undefined, none)).rejects.toMatchObject({
            name: 'ProvisionError',
          });
          expect(thiefServer.seen.length).toBeGreaterThan(0);
          expect(thiefServer.seen.filter((given) => given !== '')).toEqual([]);
        } finally {
          await thiefServer.close();
          await redirecting.close();
        }
      });
    }));

  it('tells a missing tag and a missing repository', () =>
    withServer({ login: null }, async ({ fetch }) => {
      await expect(fetch({ tag: 'v9.9.9' })).rejects.toMatchObject({
        code: 'invalid',
        details: { reason: 'tag_not_found' },
      });
      await expect(fetch({ path: 'none.git' })).rejects.toMatchObject({
        code: 'unreachable',
        details: { reason: 'repository_unreachable' },
      });
    }));

  it('tells a server that is not there', () =>
    inTempFolder(async (folder) => {
      const into = join(folder, 'tree');
      await mkdir(into);
      const request = { location: 'https://localhost:1/x.git', tag: 'v1' };
      await expect(createGitSource().fetch(request, into, () => undefined, none)).rejects.toMatchObject({
        code: 'unreachable',
        details: { reason: 'repository_unreachable' },
      });
    }));
});

describe('git locations and tags', () => {
  it.each([
    ['ext::sh -c id', 'protocol_refused'],
    ['fd::17/foo', 'protocol_refused'],
    ['-oProxyCommand=id', 'protocol_refused'],
    ['--upload-pack=id', 'protocol_refused'],
    ['http://example.test/a.git', 'protocol_refused'],
    ['git://example.test/a.git', 'protocol_refused'],
    ['ftp://example.test/a.git', 'protocol_refused'],
    ['ssh://-oProxyCommand=id/a.git', 'protocol_refused'],
    ['https://example.test/a\n.git', 'protocol_refused'],
    ['https://', 'protocol_refused'],
    ['https://user:secret@example.test/a.git', 'credential_in_url'],
    ['https://ghp_token@example.test/a.git', 'credential_in_url'],
    ['ssh://git:secret@example.test/a.git', 'credential_in_url'],
  ])('%j is refused', (location, reason) => {
    const thrown = ((): unknown => {
      try {
        return repositoryAddress(location);
      } catch (error) {
        return error;
      }
    })();
    expect(thrown).toMatchObject({ code: 'invalid', details: { reason } });
    expect(JSON.stringify(thrown)).not.toMatch(/secret|ghp_/);
  });

  it.each([
    ['https://github.com/OpenSID/rilis-pbb.git', 'https://github.com'],
    ['https://git.example.test:8443/a.git', 'https://git.example.test:8443'],
    ['ssh://git@github.com/OpenSID/OpenSID.git', ''],
    ['git@github.com:OpenSID/OpenSID.git', ''],
    ['file:///srv/rilis.git', ''],
  ])('%s is taken', (location, origin) => expect(repositoryAddress(location)).toEqual({ url: location, origin }));

  it.each([
    '',
    '-v1',
    '--help',
    'v1..v2',
    'v1 v2',
    'v1:refs/heads/x',
    'a//b',
    'v1.lock',
    'v1/',
    '+v1',
    'v1\n',
    '@{-1}',
    'v1^{}',
  ])('tag %j is refused before anything runs', (tag) =>
    inTempFolder(async (folder) => {
      const bare = await writeRepository(folder, TREE, 'v1.0.0');
      const into = join(folder, 'tree');
      await mkdir(into);
      await expect(createGitSource().fetch({ location: bare, tag }, into, () => undefined, none)).rejects.toMatchObject(
        {
          code: 'invalid',
        },
      );
    }),
  );

  it('takes the tag and not a branch of the same name', () =>
    inTempFolder(async (folder) => {
      const bare = await writeRepository(folder, TREE, 'v1.0.0');
      const work = join(folder, 'again');
      git(folder, 'clone', '-q', bare, work);
      git(work, 'checkout', '-q', '-b', 'v1.0.0');
      await writeFile(join(work, 'branch.txt'), 'x');
      git(work, 'add', '-A');
      git(work, 'commit', '-q', '-m', 'branch');
      git(work, 'push', '-q', 'origin', 'refs/heads/v1.0.0');
      const into = join(folder, 'tree');
      await mkdir(into);
      await createGitSource().fetch({ location: bare, tag: 'v1.0.0' }, into, () => undefined, none);
      expect(await readTree(into)).toEqual(TREE);
    }));

  it('runs no hook and no filter of the repository', () =>
    inTempFolder(async (folder) => {
      const marker = join(folder, 'ran');
      const tree: Tree = { ...TREE, '.gitattributes': file('* filter=evil') };
      const bare = await writeRepository(folder, tree, 'v1.0.0');
      git(bare, 'config', 'filter.evil.smudge', `touch ${marker}; cat`);
      git(bare, 'config', 'uploadpack.packObjectsHook', `touch ${marker}`);
      const into = join(folder, 'tree');
      await mkdir(into);
      await createGitSource().fetch({ location: bare, tag: 'v1.0.0' }, into, () => undefined, none);
      expect(await readdir(folder)).not.toContain('ran');
    }));
});

describe('progress of git', () => {
  it.each([
    ['Receiving objects:  45% (9/20), 12.34 MiB | 3.00 MiB/s', Math.round(12.34 * 1024 ** 2)],
    ['Receiving objects: 100% (20/20), 512 bytes | 512.00 KiB/s, done.', 512],
    ['Receiving objects:  45% (9/20)', null],
    ['remote: Compressing objects: 100% (7/7), done.', null],
  ])('%s', (line, bytes) => expect(receivedBytes(line)).toBe(bytes));
});
