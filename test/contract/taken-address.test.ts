import { LABEL } from '../../provisioners/contracts';
import { ensureServiceImage } from '../../provisioners/lib/images';
import { WALL_COMMAND } from '../../provisioners/lib/walls';
import { addressIn } from '../../server/domain/names';
import { ImageBench, until } from '../helpers/image-bench';

jest.setTimeout(120_000);

describe('an address that somebody else has', () => {
  const bench = new ImageBench();
  beforeAll(() => bench.open());
  afterAll(async () => {
    for (const part of ['pemilik', 'tamu'])
      await bench.session.exec(`${bench.prefix}-${part}`, [WALL_COMMAND, 'remove']).catch(() => undefined);
    await bench.close();
  });

  it('is refused, and the container comes back after a kill all the same', async () => {
    const image = (await ensureServiceImage(bench.session, 'wall', bench.options)).id;
    const network = (part: string) =>
      bench.session.ensureNetwork({
        name: `${bench.prefix}-${part}`,
        labels: { [LABEL.role]: 'network' },
        internal: true,
        prefixLength: 28,
      });
    const [first, second] = [await network('satu'), await network('dua')];
    const spec = (part: string, where: typeof first, number: number) => ({
      name: `${bench.prefix}-${part}`,
      image,
      labels: { [LABEL.role]: 'test' },
      // Ends by itself: the engine's own memory of a container that was killed by hand plays no part.
      command: [],
      env: { SIAPPAKAI_TABLE: 'none', SIAPPAKAI_BRIDGES: 'none' },
      mounts: [{ type: 'tmpfs' as const, target: '/run', sizeBytes: 65_536, mode: 0o755, uid: 0 }],
      networks: [{ network: where.name, address: addressIn(where.subnet, number) }],
      readOnlyRoot: true,
      capabilities: ['NET_ADMIN'],
      restart: 'always' as const,
    });
    await bench.session.ensureWorkload(spec('pemilik', second, 2));
    const before = await bench.session.ensureWorkload(spec('tamu', first, 2));
    const taken = { network: second.name, address: addressIn(second.subnet, 2) };
    await expect(bench.session.connectNetwork(before.name, taken)).rejects.toThrow();
    await expect(bench.session.connectNetwork(before.name, taken)).rejects.toThrow();
    process.kill(before.pid ?? 0, 'SIGKILL');
    const after = await until(async () => {
      const now = await bench.session.inspect(before.name);
      return now?.state === 'running' && now.pid !== before.pid ? now : null;
    });
    expect(Object.keys(after.addresses)).toEqual([first.name]);
    await bench.session.connectNetwork(before.name, { ...taken, address: addressIn(second.subnet, 3) });
  });
});
