import { LABEL } from '../../provisioners/contracts';
import { filesTar } from '../../provisioners/lib/tar';
import { code, never, role, type TargetBench } from './target-bench';

export const imagesContract = (bench: TargetBench): void => {
  describe('images', () => {
    const built = (): string => `${bench.unique}/made:1`;
    test('build: files, labels, configuration; found by tag and by label', async () => {
      const lines: string[] = [];
      const made = await bench.session.buildImage(
        {
          tag: built(),
          from: bench.under.image,
          labels: { [LABEL.role]: 'test', [LABEL.spec]: bench.unique },
          put: [() => filesTar([{ path: '/isi', content: 'halo\n', mode: 0o644, uid: 0, gid: 0 }])],
          run: [['sh', '-c', 'echo membangun; cat /isi > /salinan']],
          config: {
            entrypoint: ['cat'],
            command: ['/salinan'],
            env: { A: 'b c' },
            user: '33:33',
            workingDir: '/tmp',
          },
        },
        (line) => lines.push(line),
        never,
      );
      expect(made.tags).toContain(built());
      expect(made.labels).toMatchObject({
        [LABEL.installation]: bench.session.installation,
        [LABEL.spec]: bench.unique,
      });
      expect(lines).toContain('membangun');
      expect((await bench.session.findImage({ tag: built() }))?.id).toBe(made.id);
      expect((await bench.session.findImage({ labels: { [LABEL.spec]: bench.unique } }))?.id).toBe(made.id);
      expect(await bench.under.stranger.findImage({ labels: { [LABEL.spec]: bench.unique } })).toBeNull();
      expect(
        (await bench.under.stranger.findImage({ labels: { [LABEL.spec]: bench.unique }, anyInstallation: true }))?.id,
      ).toBe(made.id);
      const { command, ...plain } = bench.spec('img', { image: built() });
      expect(command).toBeDefined();
      expect((await bench.session.runOnce(plain, { signal: never })).stdout).toBe('halo\n');
    });
    test('a failing or aborted build leaves nothing behind', async () => {
      const build = {
        tag: `${bench.unique}/broken:1`,
        from: bench.under.image,
        labels: role,
        put: [],
        run: [['sh', '-c', 'exit 7']],
        config: {},
      };
      expect(await code(bench.session.buildImage(build, () => undefined, never))).toBe('failed');
      const stop = new AbortController();
      setTimeout(() => stop.abort(new Error('cukup')), 500);
      await expect(
        bench.session.buildImage({ ...build, run: [['sleep', '60']] }, () => undefined, stop.signal),
      ).rejects.toThrow('cukup');
      expect(await bench.session.findImage({ tag: build.tag })).toBeNull();
      expect((await bench.session.find({})).filter((one) => one.labels[LABEL.role] === 'build')).toEqual([]);
      expect(await code(bench.session.buildImage({ ...build, from: 'siappakai-none:1' }, () => undefined, never))).toBe(
        'not_found',
      );
    });
    test('tags are added and removed; the last one takes the image along', async () => {
      const image = await bench.session.findImage({ tag: built() });
      await bench.session.tagImage(image?.id ?? '', `${bench.unique}/other:1`);
      await bench.session.tagImage(image?.id ?? '', `${bench.unique}/other:1`);
      expect((await bench.session.findImage({ tag: `${bench.unique}/other:1` }))?.id).toBe(image?.id);
      expect(await code(bench.under.stranger.removeImage(built()))).toBe('conflict');
      await bench.session.removeImage(built());
      expect(await bench.session.listImages({ [LABEL.spec]: bench.unique })).toHaveLength(1);
      await bench.session.removeImage(`${bench.unique}/other:1`);
      await bench.session.removeImage(`${bench.unique}/other:1`);
      expect(await bench.session.listImages({ [LABEL.spec]: bench.unique })).toEqual([]);
    });
  });
};
