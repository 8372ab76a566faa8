import { createServer } from 'node:https';
import type { Socket } from 'node:net';
import path from 'node:path';
import { createSecureContext, type SecureContext } from 'node:tls';
import { makeInternalCa } from '../../provisioners/lib/internal-ca';
import { loadApps } from '../../provisioners/registry';
import type { Config } from '../../server/config';
import type { Transactor } from '../../server/stores';

interface Row {
  readonly id: string;
  readonly wilayah_kode: string;
  readonly app: string;
  readonly host: string;
  readonly kecamatan_kode: string;
  readonly version: string;
}

const contextsOf = async (config: Config, rows: readonly Row[]): Promise<ReadonlyMap<string, SecureContext>> => {
  const ca = makeInternalCa(path.join(config.paths.secrets, 'ca'), `SiapPakai ${config.name}`);
  const contexts = new Map<string, SecureContext>();
  for (const kecamatan of new Set(rows.map((one) => one.kecamatan_kode))) {
    const hosts = [...new Set(rows.filter((one) => one.kecamatan_kode === kecamatan).map((one) => one.host))];
    const { certificate, key } = await ca.issue(hosts);
    const context = createSecureContext({ cert: certificate, key });
    for (const host of hosts) contexts.set(host, context);
  }
  return contexts;
};

/**
 * Stands for proxy and containers of all desa: at the port where the observer looks every app says who it is, with the certificate of
 * its host. `answered` counts the looks so far.
 */
export const answerForAll = async (
  config: Config,
  { read }: Transactor,
): Promise<{ readonly desa: number; answered(): number; stop(): Promise<void> }> => {
  const rows = await read
    .knex('instances')
    .join('desa', 'desa.kode', 'instances.wilayah_kode')
    .join('releases', 'releases.id', 'instances.release_id')
    .select<Row[]>(
      'instances.id',
      'instances.wilayah_kode',
      'instances.app',
      'desa.host',
      'desa.kecamatan_kode',
      'releases.version',
    );
  const contexts = await contextsOf(config, rows);
  const apps = await loadApps();
  const answers = new Map(
    rows.map(({ id, wilayah_kode: kode, app, host, version }) => {
      const folder = apps.get(app)?.path ?? '/';
      const where = `${host}${folder === '/' ? '' : folder}/siappakai/identitas`;
      return [where, JSON.stringify({ kode, instance: id, release: version, version, ready: true })] as const;
    }),
  );
  let answered = 0;
  const server = createServer(
    { SNICallback: (name, done) => done(null, contexts.get(name)) },
    ({ headers, url = '/' }, answer) => {
      const body = answers.get(`${(headers.host ?? '').replace(/:\d+$/, '')}${url}`);
      answered += 1;
      answer.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' });
      answer.end(body ?? '{}');
    },
  );
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(config.httpsPort, '127.0.0.1', resolve));
  return {
    desa: new Set(rows.map((one) => one.wilayah_kode)).size,
    answered: () => answered,
    async stop() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
