import { isTransient, ProvisionError } from '../../../provisioners/contracts';
import { fakeEngine } from '../../helpers/fake-target';

const volume = { name: 'v', labels: {} };

test('failOnce fails one call before it does anything', async () => {
  const session = fakeEngine().session('a');
  session.faults.failOnce('ensureVolume');
  const refused = new ProvisionError('refused', 'no');
  session.faults.failOnce('ensureVolume', refused);
  const first = await session.ensureVolume(volume).catch((error: unknown) => error);
  expect(isTransient(first)).toBe(true);
  await expect(session.ensureVolume(volume)).rejects.toBe(refused);
  await expect(session.ensureVolume(volume)).resolves.toMatchObject({ name: 'v' });
  expect(session.faults.calls).toEqual(['ensureVolume', 'ensureVolume', 'ensureVolume']);
});

test('hangOn waits until it is released, or until the signal of the call', async () => {
  const { image, ...engine } = fakeEngine();
  const session = engine.session('a');
  const release = session.faults.hangOn('ensureVolume');
  let done = false;
  const waiting = session.ensureVolume(volume).then(() => (done = true));
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(done).toBe(false);
  release();
  await waiting;
  session.faults.hangOn('runOnce');
  const stop = new AbortController();
  const reason = new Error('cukup');
  setTimeout(() => stop.abort(reason), 20);
  const spec = {
    name: 'x',
    image,
    labels: {},
    env: {},
    mounts: [],
    networks: [],
    readOnlyRoot: true,
    capabilities: [],
    restart: 'no' as const,
  };
  await expect(session.runOnce(spec, { signal: stop.signal })).rejects.toBe(reason);
});

test('dieAfter lets the act happen, but its caller never hears; another session sees it', async () => {
  const engine = fakeEngine();
  const session = engine.session('a');
  session.faults.dieAfter('ensureVolume', 2);
  await session.ensureVolume(volume);
  await expect(session.ensureVolume({ ...volume, name: 'w' })).rejects.toMatchObject({ code: 'unreachable' });
  await expect(session.facts()).rejects.toMatchObject({ code: 'unreachable' });
  expect(engine.engine.volumes.has('w')).toBe(true);
  session.faults.revive();
  await expect(session.ensureVolume({ ...volume, name: 'w' })).resolves.toMatchObject({ name: 'w' });
});
