import type { Mount } from '../../provisioners/contracts';
import { filesTar } from '../../provisioners/lib/tar';
import { code, never, role, type TargetBench } from './target-bench';

/** Networks, volumes and the files in them. */
export const storageContract = (bench: TargetBench): void => {
  describe('networks', () => {
    test('ensured twice and twice at once: one network, one free subnet', async () => {
      const wanted = { name: bench.named('net'), labels: role, internal: true, prefixLength: 28 };
      const [a, b] = await Promise.all([bench.session.ensureNetwork(wanted), bench.session.ensureNetwork(wanted)]);
      const again = await bench.session.ensureNetwork(wanted);
      expect(b).toEqual(a);
      expect(again).toEqual(a);
      expect(a.subnet).toMatch(/^10\.\d+\.\d+\.\d+\/28$/);
      const other = await bench.session.ensureNetwork({ ...wanted, name: bench.named('net2') });
      expect(other.subnet).not.toBe(a.subnet);
    });
    test('ensured by many at once, each going on at once: every container finds the one network', async () => {
      for (const round of ['a', 'b', 'c']) {
        const wanted = { name: bench.named(`many-${round}`), labels: role, internal: true, prefixLength: 28 };
        const going = ['1', '2', '3', '4'].map(async (one) => {
          await bench.session.ensureNetwork(wanted);
          const spec = bench.spec(`on-${round}${one}`, { networks: [{ network: wanted.name }] });
          return bench.session.ensureWorkload(spec);
        });
        const made = await Promise.all(going);
        expect(made.map((one) => one.state)).toEqual(['running', 'running', 'running', 'running']);
        await Promise.all(made.map((one) => bench.session.remove(one.name)));
        await bench.session.removeNetwork(wanted.name);
      }
    });
    test('another kind of the same name is a conflict, so is a stranger', async () => {
      const wanted = { name: bench.named('net'), labels: role, internal: true, prefixLength: 28 };
      expect(await code(bench.session.ensureNetwork({ ...wanted, internal: false }))).toBe('conflict');
      expect(await code(bench.under.stranger.ensureNetwork(wanted))).toBe('conflict');
      expect(await code(bench.under.stranger.removeNetwork(wanted.name))).toBe('conflict');
    });
    test('removing twice is fine', async () => {
      await bench.session.removeNetwork(bench.named('net2'));
      await bench.session.removeNetwork(bench.named('net2'));
    });
  });

  describe('volumes and files', () => {
    /** Mode, owner and group of each path, as a container sees them. */
    const ownersOf = async (name: string, mount: Mount, paths: readonly string[]): Promise<string> => {
      const command = ['stat', '-c', '%a %u %g %n', ...paths];
      const spec = bench.spec(name, { mounts: [mount], command, user: '0:0', capabilities: ['DAC_OVERRIDE'] });
      return (await bench.session.runOnce(spec, { signal: never })).stdout;
    };
    test('ensured twice and twice at once; a stranger is refused', async () => {
      const wanted = { name: bench.named('vol'), labels: role };
      const [a, b] = await Promise.all([bench.session.ensureVolume(wanted), bench.session.ensureVolume(wanted)]);
      expect(b).toEqual(a);
      expect(await bench.session.ensureVolume(wanted)).toEqual(a);
      expect(await code(bench.under.stranger.ensureVolume(wanted))).toBe('conflict');
      expect(await code(bench.under.stranger.removeVolume(wanted.name))).toBe('conflict');
    });
    test('files keep content, owner and mode; a second put replaces them', async () => {
      const mount = await bench.volume('vol');
      await bench.session.putFiles(
        [mount],
        [
          { path: '/data', mode: 0o750, uid: 33, gid: 33 },
          { path: '/data/sub', mode: 0o700, uid: 33, gid: 34 },
          { path: '/data/sub/env', content: 'A=1\n', mode: 0o400, uid: 33, gid: 33 },
          { path: '/data/blob', content: Buffer.from([0, 255, 1]), mode: 0o644, uid: 0, gid: 0 },
        ],
      );
      await bench.session.putFiles(
        [mount],
        [{ path: '/data/sub/env', content: 'A=2\n', mode: 0o440, uid: 33, gid: 33 }],
      );
      expect((await bench.session.readFile([mount], '/data/sub/env')).toString()).toBe('A=2\n');
      expect([...(await bench.session.readFile([mount], '/data/blob'))]).toEqual([0, 255, 1]);
      expect(await ownersOf('stat', mount, ['/data', '/data/sub', '/data/sub/env'])).toBe(
        '750 33 33 /data\n700 33 34 /data/sub\n440 33 33 /data/sub/env\n',
      );
    });
    test('a volume is made and filled; filled again it has the newer files; a stranger is refused', async () => {
      const wanted = { name: bench.named('isi'), labels: role };
      const env = (content: string) => ({ path: 'dalam/env', content, mode: 0o440, uid: 33, gid: 34 });
      await bench.session.fillVolume(wanted, [
        { path: 'dalam', mode: 0o750, uid: 33, gid: 33 },
        env('A=1\nB=1\n'),
        { path: 'jauh/di/sana', content: Buffer.from([0, 255, 1]), mode: 0o644, uid: 0, gid: 0 },
      ]);
      await bench.session.fillVolume(wanted, [env('A=2\n')]);
      const mount: Mount = { type: 'volume', source: wanted.name, target: '/konfig', readOnly: true };
      expect((await bench.session.readFile([mount], '/konfig/dalam/env')).toString()).toBe('A=2\n');
      expect([...(await bench.session.readFile([mount], '/konfig/jauh/di/sana'))]).toEqual([0, 255, 1]);
      const paths = ['/konfig/dalam', '/konfig/dalam/env', '/konfig/jauh/di/sana'];
      expect(await ownersOf('stat-isi', mount, paths)).toBe(
        '750 33 33 /konfig/dalam\n440 33 34 /konfig/dalam/env\n644 0 0 /konfig/jauh/di/sana\n',
      );
      expect(await code(bench.under.stranger.fillVolume(wanted, [env('A=3\n')]))).toBe('conflict');
      expect((await bench.session.readFile([mount], '/konfig/dalam/env')).toString()).toBe('A=2\n');
    });
    test('an absent file is not_found, a folder invalid, an absent volume not_found', async () => {
      const mount = await bench.volume('vol');
      expect(await code(bench.session.readFile([mount], '/data/none'))).toBe('not_found');
      expect(await code(bench.session.readFile([mount], '/data/sub'))).toBe('invalid');
      const absent: Mount = { type: 'volume', source: bench.named('none'), target: '/data', readOnly: false };
      expect(
        await code(bench.session.putFiles([absent], [{ path: '/data/x', content: '', mode: 0o644, uid: 0, gid: 0 }])),
      ).toBe('not_found');
      expect(await code(bench.session.ensureWorkload(bench.spec('novol', { mounts: [absent] })))).toBe('not_found');
    });
    test('a folder goes out as a tar and into another volume', async () => {
      const from = await bench.volume('vol');
      const to = await bench.volume('vol2');
      await bench.session.importFolder([to], '/data', await bench.session.exportFolder([from], '/data/sub'));
      expect((await bench.session.readFile([to], '/data/env')).toString()).toBe('A=2\n');
      expect(await code(bench.session.exportFolder([from], '/data/none'))).toBe('not_found');
      expect(await code(bench.session.importFolder([to], '/data/none', filesTar([])))).toBe('not_found');
    });
    test('removing twice is fine', async () => {
      await bench.session.removeVolume(bench.named('vol2'));
      await bench.session.removeVolume(bench.named('vol2'));
    });
  });
};
