import { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import {
  LABEL,
  ProvisionError,
  type Labels,
  type Mount,
  type TargetSession,
  type WorkloadSpec,
} from '../../provisioners/contracts';
import { LineCutter } from '../../provisioners/lib/lines';
import { filesTar } from '../../provisioners/lib/tar';
import { freeSubnets } from '../../provisioners/targets/docker/subnets';
import { clean, unpackInto, type FakeContainer, type FakeEngine, type FakeImage } from './fake-engine';
import { runFakeCommand } from './fake-shell';

export const conflict = (kind: string, name: string, reason: string): ProvisionError =>
  new ProvisionError('conflict', `${kind} ${name}: ${reason}`, { kind, name, reason });
export const missing = (kind: string, name: string): ProvisionError =>
  new ProvisionError('not_found', `No ${kind} ${name}`, { kind, name });
export const has = (labels: Labels, wanted: Labels): boolean =>
  Object.entries(wanted).every(([key, value]) => labels[key] === value);
export const reasonOf = (signal: AbortSignal): Error =>
  signal.reason instanceof Error ? signal.reason : new Error('aborted');

/** What one installation may see of the fake engine. */
export class Session {
  readonly engine: FakeEngine;
  readonly installation: string;

  constructor(engine: FakeEngine, installation: string) {
    this.engine = engine;
    this.installation = installation;
  }

  own<T extends { readonly labels: Labels }>(kind: string, name: string, thing: T | undefined): T | null {
    if (thing === undefined) return null;
    if (thing.labels[LABEL.installation] !== this.installation) throw conflict(kind, name, 'foreign');
    return thing;
  }
  labels(labels: Labels): Labels {
    return { ...labels, [LABEL.installation]: this.installation };
  }
  container(name: string): FakeContainer | null {
    return this.own('container', name, this.engine.containers.get(name));
  }
  existing(name: string): FakeContainer {
    const found = this.container(name);
    if (found === null) throw missing('container', name);
    return found;
  }
  checkParts(spec: WorkloadSpec): void {
    this.checkMounts(spec.mounts);
    for (const { network } of spec.networks)
      if (this.own('network', network, this.engine.networks.get(network)) === null) throw missing('network', network);
  }
  checkMounts(mounts: readonly Mount[]): void {
    for (const mount of mounts)
      if (mount.type === 'volume' && this.own('volume', mount.source, this.engine.volumes.get(mount.source)) === null)
        throw missing('volume', mount.source);
  }
  freeTag(tag: string): FakeImage | undefined {
    const holder = this.engine.image(tag);
    if (holder !== undefined && holder.labels[LABEL.installation] === undefined)
      throw conflict('image', tag, 'foreign');
    return holder;
  }
}

export const networksAndVolumes = (
  own: Session,
): Pick<TargetSession, 'ensureNetwork' | 'connectNetwork' | 'removeNetwork' | 'ensureVolume' | 'removeVolume'> => ({
  async ensureNetwork(spec) {
    const { networks } = own.engine;
    const found = own.own('network', spec.name, networks.get(spec.name));
    if (found === null) {
      const taken = [...networks.values()].map((network) => network.subnet);
      const [subnet = ''] = freeSubnets(['10.200.0.0/14'], spec.prefixLength ?? 22, taken);
      networks.set(spec.name, {
        name: spec.name,
        subnet,
        gateway: null,
        labels: own.labels(spec.labels),
        internal: spec.internal,
      });
      return { name: spec.name, subnet, gateway: null };
    }
    if (found.internal !== spec.internal) throw conflict('network', spec.name, 'different');
    return { name: found.name, subnet: found.subnet, gateway: found.gateway };
  },
  async connectNetwork(workload, attachment) {
    const container = own.existing(workload);
    if (own.own('network', attachment.network, own.engine.networks.get(attachment.network)) === null)
      throw missing('network', attachment.network);
    const now = container.addresses.get(attachment.network);
    if (now === undefined) own.engine.attach(container, attachment.network, attachment.address);
    else if (attachment.address !== undefined && attachment.address !== now)
      throw conflict('attachment', attachment.network, 'different');
  },
  async removeNetwork(name) {
    if (own.own('network', name, own.engine.networks.get(name)) === null) return;
    if ([...own.engine.containers.values()].some((one) => one.state === 'running' && one.addresses.has(name)))
      throw new ProvisionError('refused', `${name} is in use`);
    own.engine.networks.delete(name);
  },
  async ensureVolume(spec) {
    const found = own.own('volume', spec.name, own.engine.volumes.get(spec.name));
    if (found !== null && !has(found.labels, spec.labels)) throw conflict('volume', spec.name, 'different');
    if (found === null)
      own.engine.volumes.set(spec.name, {
        labels: own.labels(spec.labels),
        files: new Map([['/', { content: null, mode: 0o755, uid: 0, gid: 0 }]]),
      });
    return { name: spec.name, mountpoint: `/fake/volumes/${spec.name}` };
  },
  async removeVolume(name) {
    if (own.own('volume', name, own.engine.volumes.get(name)) === null) return;
    if (
      [...own.engine.containers.values()].some((one) =>
        one.spec.mounts.some((mount) => mount.type === 'volume' && mount.source === name),
      )
    )
      throw conflict('volume', name, 'in_use');
    own.engine.volumes.delete(name);
  },
});

export const files = (
  own: Session,
): Pick<TargetSession, 'putFiles' | 'fillVolume' | 'readFile' | 'exportFolder' | 'importFolder'> => {
  const view = (mounts: readonly Mount[]): ReturnType<FakeEngine['view']> => {
    own.checkMounts(mounts);
    return own.engine.view(mounts, new Map());
  };
  return {
    async putFiles(mounts, specs) {
      const { write } = view(mounts);
      await unpackInto(filesTar(specs), '/', write);
    },
    async fillVolume(spec, specs) {
      await networksAndVolumes(own).ensureVolume(spec);
      const { write } = view([{ type: 'volume', source: spec.name, target: '/isi', readOnly: false }]);
      await unpackInto(filesTar(specs.map((one) => ({ ...one, path: `/isi/${one.path}` }))), '/', write);
    },
    async readFile(mounts, path) {
      const file = view(mounts).read(path);
      if (file === undefined) throw missing('file', path);
      if (file.content === null) throw new ProvisionError('invalid', 'Not a plain file', { path });
      return file.content;
    },
    async exportFolder(mounts, path) {
      const volume = view(mounts);
      const folder = volume.read(path);
      if (folder === undefined) throw missing('folder', path);
      const tar = pack();
      tar.entry({ name: './', type: 'directory', mode: folder.mode, uid: folder.uid, gid: folder.gid });
      for (const [name, file] of volume.list(path)) {
        const { mode, uid, gid } = file;
        if (file.content === null) tar.entry({ name: `./${name}/`, type: 'directory', mode, uid, gid });
        else tar.entry({ name: `./${name}`, mode, uid, gid }, file.content);
      }
      tar.finalize();
      return Readable.from(tar, { objectMode: false });
    },
    async importFolder(mounts, path, tar) {
      const { read, write } = view(mounts);
      if (read(path) === undefined) throw missing('folder', path);
      await unpackInto(tar, clean(path), write);
    },
  };
};

export const images = (
  own: Session,
): Pick<TargetSession, 'findImage' | 'listImages' | 'importImage' | 'buildImage' | 'tagImage' | 'removeImage'> => {
  const { engine } = own;
  const wanted = (labels: Labels): FakeImage[] =>
    [...engine.images.values()].filter((image) => has(image.labels, labels));
  return {
    async findImage(match) {
      const found =
        'tag' in match
          ? engine.image(match.tag)
          : wanted(match.anyInstallation === true ? match.labels : own.labels(match.labels))[0];
      return found === undefined ? null : engine.imageFacts(found);
    },
    listImages: async (labels) => wanted(own.labels(labels)).map((image) => engine.imageFacts(image)),
    async importImage(tag, tar, labels, config) {
      own.freeTag(tag);
      const content = new Map<string, { content: Buffer | null; mode: number; uid: number; gid: number }>();
      await unpackInto(tar, '/', (path, file) => content.set(path, file));
      return engine.imageFacts(engine.addImage(tag, own.labels(labels), config, content));
    },
    async buildImage(build, onLine, signal) {
      own.freeTag(build.tag);
      const from = engine.image(build.from);
      if (from === undefined) throw missing('image', build.from);
      const content = new Map(from.files);
      for (const put of build.put) await unpackInto(put(), '/', (path, file) => content.set(path, file));
      for (const argv of build.run) {
        const cutter = new LineCutter(onLine);
        const code = await runFakeCommand(argv, {
          ...engine.view([], content),
          env: build.env ?? {},
          stdin: null,
          signal,
          out: (_, chunk) => cutter.write(chunk),
        });
        if (signal.aborted) throw reasonOf(signal);
        if (code !== 0) throw new ProvisionError('failed', `${argv[0] ?? ''} ended with ${code}`, { exitCode: code });
      }
      return engine.imageFacts(
        engine.addImage(build.tag, own.labels({ ...from.labels, ...build.labels }), build.config, content),
      );
    },
    async tagImage(id, tag) {
      const image = engine.image(id);
      if (image === undefined) throw missing('image', id);
      own.freeTag(tag)?.tags.delete(tag);
      image.tags.add(tag);
    },
    async removeImage(tag) {
      const image = own.own('image', tag, engine.image(tag));
      image?.tags.delete(tag);
      if (image?.tags.size === 0) engine.images.delete(image.id);
    },
  };
};
