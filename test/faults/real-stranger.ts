import { execFile } from 'node:child_process';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import Docker from 'dockerode';
import { createPool, type Pool, type RowDataPacket } from 'mysql2/promise';
import { socketCommand } from '../../provisioners/proxies/haproxy/command-socket';
import { FILE, SOCKET } from '../../provisioners/proxies/haproxy/options';
import { ownSchema, proxyContainer } from '../../server/domain/names';
import { CONTROL_SCHEMA, mariadbSocket, partSecret } from '../../server/parts/addresses';
import type { AppName, Mend, RouteTrouble, Spot, Stranger } from './kind';
import type { RealInstallation } from './real-installation';
import { spoilData } from './real-trouble';

const run = promisify(execFile);
const docker = new Docker();
const SEGMENT: Readonly<Record<AppName, string>> = { opensid: '', api: 'api', pbb: 'pbb' };
const notHere = (): never => {
  throw new Error('not on a real target');
};

/** Routes of the running proxy, changed through its own socket as an administrator would by hand. */
const routesOf = ({ installation: { config }, control }: RealInstallation) => {
  const ask = (command: string): Promise<string> =>
    socketCommand(path.join(config.paths.proxyRun, SOCKET.runtime), command);
  const keyOf = async (kode: string, app: AppName): Promise<string> =>
    `${(await control.transact.read.desa.find(kode))?.host ?? ''}/${SEGMENT[app]}`;
  return {
    keyOf,
    async get(key: string): Promise<string> {
      const lines = (await ask(`show map ${FILE.routes}`)).split('\n').map((line) => line.split(' '));
      const found = lines.find(([, name]) => name === key)?.[2];
      if (found === undefined) throw new Error(`no route ${key}`);
      return found;
    },
    set: (key: string, value: string): Promise<string> => ask(`set map ${FILE.routes} ${key} ${value}`),
    add: (key: string, value: string): Promise<string> => ask(`add map ${FILE.routes} ${key} ${value}`),
    remove: (key: string): Promise<string> => ask(`del map ${FILE.routes} ${key}`),
  };
};
const editRoute = async (real: RealInstallation, trouble: RouteTrouble, spot: Spot): Promise<Mend> => {
  const routes = routesOf(real);
  const [own, other] = [await routes.keyOf(spot.kode, spot.app), await routes.keyOf(spot.twin, spot.app)];
  const [mine, theirs] = [await routes.get(own), await routes.get(other)];
  if (trouble === 'gone') {
    await routes.remove(own);
    return () => routes.add(own, mine);
  }
  if (trouble === 'closed') await routes.set(own, `closed|||${mine.split('|')[3] ?? ''}`);
  else {
    await routes.set(own, theirs);
    await routes.set(other, mine);
  }
  return async () => {
    await routes.set(own, mine);
    if (trouble === 'swapped') await routes.set(other, theirs);
  };
};

/** Nobody's certificate is for an unknown name, so a visit would never do. */
const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
const holdProxy = async ({ installation }: RealInstallation, how: 'stopped' | 'frozen'): Promise<Mend> => {
  const proxy = docker.getContainer(proxyContainer({ installation: installation.config.name }));
  if (how === 'frozen') {
    await proxy.pause();
    return () => proxy.unpause();
  }
  await proxy.stop({ t: 1 });
  return async () => {
    await proxy.start();
    while (!(await listens(installation.config.httpsPort))) await sleep(100);
  };
};

const detach = async (name: string): Promise<void> => {
  const { Id, NetworkSettings } = await docker.getContainer(name).inspect();
  for (const network of Object.keys(NetworkSettings.Networks))
    await docker.getNetwork(network).disconnect({ Container: Id, Force: true });
};

/** A disk that is full where dumps go: a file system of its own, too small for any. */
const fillDumps = async ({ installation: { config } }: RealInstallation): Promise<Mend> => {
  await run('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=0700', 'tmpfs', config.paths.dumps]);
  return () => run('umount', [config.paths.dumps]);
};

/** The next dump of the desa's own schema meets a locked table, and its connection is ended there. */
const breakDump = async (root: Pool, { kode }: Spot): Promise<Mend> => {
  const schema = ownSchema('pbb', kode);
  const lock = await root.getConnection();
  await lock.query(`LOCK TABLES \`${schema}\`.sppt WRITE`);
  let isOver = false;
  const killing = (async () => {
    while (!isOver) {
      const [found] = await root.query<RowDataPacket[]>(
        "SELECT ID AS id FROM information_schema.PROCESSLIST WHERE DB = ? AND STATE LIKE 'Waiting for table metadata%' AND INFO LIKE '%sppt%'",
        [schema],
      );
      for (const { id } of found) await root.query(`KILL ${Number(id)}`).catch(() => undefined);
      await sleep(50);
    }
  })();
  return async () => {
    isOver = true;
    await killing;
    await lock.query('UNLOCK TABLES');
    lock.release();
  };
};

const moveTag = async ({ control }: RealInstallation, app: AppName, version: string): Promise<Mend> => {
  const all = (await control.transact.read.releases.list()).filter((one) => one.app === app && one.image !== null);
  const [fresh, other] = [all.find((one) => one.version === version), all.find((one) => one.version !== version)];
  const [repo = '', tag = ''] = (fresh?.image ?? '').split(':');
  await docker.getImage(other?.image ?? '').tag({ repo, tag });
  return async () => undefined;
};

const cutControl = async (root: Pool): Promise<void> => {
  const [rows] = await root.query<RowDataPacket[]>('SELECT ID AS id FROM information_schema.PROCESSLIST WHERE DB = ?', [
    CONTROL_SCHEMA,
  ]);
  for (const { id } of rows) await root.query(`KILL ${Number(id)}`).catch(() => undefined);
  await sleep(300);
};

/** Somebody with all rights on the machine. `leave` closes what it opened. */
export const realStranger = async (real: RealInstallation): Promise<Stranger & { leave(): Promise<void> }> => {
  const { config } = real.installation;
  const password = partSecret(config, 'mariadbRoot');
  const root = createPool({ socketPath: mariadbSocket(config), user: 'root', password, connectionLimit: 4 });
  return {
    spoil: (trouble, spot) => spoilData(root, trouble, spot),
    detach,
    route: (trouble, spot) => editRoute(real, trouble, spot),
    proxy: (how) => holdProxy(real, how),
    fillDisk: () => fillDumps(real),
    breakDump: (spot) => breakDump(root, spot),
    moveTag: (app, version) => moveTag(real, app, version),
    holdSchemaLock: async () => notHere(),
    cutControl: () => cutControl(root),
    jumpClock: () => notHere(),
    engineSilent: () => notHere(),
    leave: () => root.end(),
  };
};
