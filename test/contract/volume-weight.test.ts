import { randomBytes } from 'node:crypto';
import Docker from 'dockerode';
import { LABEL, type TargetSession } from '../../provisioners/contracts';
import { target } from '../../provisioners/targets/docker';
import { weigh } from '../../server/jobs/meter-disk';

jest.setTimeout(60_000);
const docker = new Docker({ socketPath: '/var/run/docker.sock' });
const name = `t-berat-${randomBytes(4).toString('hex')}`;
let session: TargetSession;
let image: string;

beforeAll(async () => {
  const [found] = await docker.listImages({ filters: { label: [`${LABEL.role}=runtime`] } });
  if (found === undefined) throw new Error('These tests need a runtime image: build the images first');
  image = found.Id;
  session = await target.connect({ url: 'unix:///var/run/docker.sock' }, name);
});
afterAll(async () => {
  for (const part of ['a', 'b']) await session.removeVolume(`${name}-${part}`);
});
const installation = { name, id: name, httpsPort: 443, dashboardPort: 8700 };
const put = async (part: string, bytes: number): Promise<string> => {
  const source = `${name}-${part}`;
  await session.ensureVolume({ name: source, labels: {} });
  await session.putFiles(
    [{ type: 'volume', source, target: '/isi', readOnly: false }],
    [
      { path: '/isi/tertutup', mode: 0o700, uid: 33, gid: 33 },
      { path: '/isi/tertutup/berkas', content: Buffer.alloc(bytes, 1), mode: 0o600, uid: 33, gid: 33 },
    ],
  );
  return source;
};

it('weighs volumes of a runtime image’s desa, closed folders too, and leaves nothing', async () => {
  const volumes = [await put('a', 3_000_000), await put('b', 10)];
  const bytes = await weigh({ session, installation }, image, volumes, new AbortController().signal);
  expect(bytes.get(volumes[0] ?? '')).toBeGreaterThanOrEqual(3_000_000);
  expect(bytes.get(volumes[0] ?? '')).toBeLessThan(3_200_000);
  expect(bytes.get(volumes[1] ?? '')).toBeLessThan(100_000);
  expect(await session.find({})).toEqual([]);
});
