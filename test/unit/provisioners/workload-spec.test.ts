import { LABEL, ProvisionError, type WorkloadSpec } from '../../../provisioners/contracts';
import { canonicalJson, digestOf } from '../../../provisioners/lib/canonical';
import { changesOf } from '../../../provisioners/targets/docker/images';
import { createOptions, specHash } from '../../../provisioners/targets/docker/spec';

const spec: WorkloadSpec = {
  name: 'sp-x',
  image: 'sp/opensid:1',
  labels: {},
  env: { A: '1' },
  user: '33:33',
  mounts: [
    { type: 'volume', source: 'v', target: '/konfig', readOnly: true },
    { type: 'tmpfs', target: '/run', sizeBytes: 4096, mode: 0o755, uid: 33 },
  ],
  networks: [{ network: 'n', address: '10.200.0.9' }, { network: 'm' }],
  readOnlyRoot: true,
  capabilities: ['CHOWN'],
  limits: { memoryBytes: 2048, memoryReservationBytes: 1024, pids: 64, cpuShares: 512 },
  restart: 'always',
  ports: [
    { host: '0.0.0.0', hostPort: 80, containerPort: 8080 },
    { host: '127.0.0.1', hostPort: 81, containerPort: 8080 },
  ],
  stopTimeoutSeconds: 20,
  outsideNames: false,
};

test('everything that hardens a container is asked for', () => {
  const { HostConfig: host, ...rest } = createOptions(spec, { [LABEL.installation]: 'i' });
  expect(host).toMatchObject({
    ReadonlyRootfs: true,
    CapDrop: ['ALL'],
    CapAdd: ['CHOWN'],
    SecurityOpt: ['no-new-privileges'],
    Privileged: false,
    Memory: 2048,
    MemorySwap: 2048,
    MemoryReservation: 1024,
    PidsLimit: 64,
    CpuShares: 512,
    Init: false,
    RestartPolicy: { Name: 'always' },
    LogConfig: { Type: 'json-file', Config: { 'max-size': '5m', 'max-file': '2' } },
    NetworkMode: 'n',
    Dns: ['127.0.0.1'],
    Tmpfs: { '/run': 'rw,nosuid,nodev,noexec,size=4096,mode=0755,uid=33,gid=33' },
    PortBindings: {
      '8080/tcp': [
        { HostIp: '0.0.0.0', HostPort: '80' },
        { HostIp: '127.0.0.1', HostPort: '81' },
      ],
    },
  });
  expect(host?.Mounts).toEqual([
    expect.objectContaining({
      Type: 'volume',
      Source: 'v',
      Target: '/konfig',
      ReadOnly: true,
      VolumeOptions: expect.objectContaining({ NoCopy: true }) as object,
    }),
  ]);
  expect(rest).toMatchObject({
    name: 'sp-x',
    User: '33:33',
    StopTimeout: 20,
    Env: ['SIAPPAKAI_NAMES=hosts', 'A=1'],
    Labels: { [LABEL.installation]: 'i', [LABEL.spec]: specHash(spec) },
    NetworkingConfig: { EndpointsConfig: { n: { IPAMConfig: { IPv4Address: '10.200.0.9' } } } },
  });
});

test('a container without networks has none, and host networking excludes others', () => {
  expect(createOptions({ ...spec, networks: [] }, {}).HostConfig?.NetworkMode).toBe('none');
  expect(createOptions({ ...spec, networks: [], hostNetwork: true }, {}).HostConfig?.NetworkMode).toBe('host');
  expect(() => createOptions({ ...spec, hostNetwork: true }, {})).toThrow(ProvisionError);
});

test('names outside are left alone unless they are forbidden', () => {
  const { outsideNames, ...free } = spec;
  expect(outsideNames).toBe(false);
  const options = createOptions(free, {});
  expect(options.HostConfig?.Dns).toBeUndefined();
  expect(options.Env).toEqual(['A=1']);
});

test('the hash of a spec knows values, not the order of keys', () => {
  expect(canonicalJson({ b: [2, { d: 1, c: undefined }], a: null })).toBe('{"a":null,"b":[2,{"d":1}]}');
  expect(digestOf({ a: 1, b: 2 })).toBe(digestOf({ b: 2, a: 1 }));
  expect(digestOf([1, 2])).not.toBe(digestOf([2, 1]));
  expect(specHash({ ...spec, env: { A: '2' } })).not.toBe(specHash(spec));
});

test('labels and environment survive as Dockerfile instructions', () => {
  const changes = changesOf(
    {
      entrypoint: ['/bin/x', 'a b'],
      command: [],
      env: { A: 'x "$y" \\' },
      user: '1:2',
      workingDir: '/w',
      stopSignal: 'SIGTERM',
    },
    { 'k.x': 'a "b"' },
  );
  expect(changes).toEqual([
    'LABEL "k.x"="a \\"b\\""',
    'ENV A="x \\"\\$y\\" \\\\"',
    'ENTRYPOINT ["/bin/x","a b"]',
    'CMD []',
    'USER 1:2',
    'WORKDIR /w',
    'STOPSIGNAL SIGTERM',
  ]);
});
