import { request, type RequestOptions } from 'node:http';
import { z } from 'zod';
import { LABEL } from '../../provisioners/contracts';

const ANSWER_MS = 2_000;

/** null = an address plain HTTP cannot ask (TLS, SSH). */
const addressOf = (dockerHost: string): RequestOptions | null => {
  if (dockerHost.startsWith('unix://')) return { socketPath: dockerHost.slice('unix://'.length) };
  const url = URL.canParse(dockerHost) ? new URL(dockerHost) : null;
  if (url === null || !['tcp:', 'http:'].includes(url.protocol)) return null;
  return { host: url.hostname, port: url.port === '' ? 2375 : url.port };
};

const get = (dockerHost: string, path: string, timeout = ANSWER_MS): Promise<string | null> => {
  const address = addressOf(dockerHost);
  if (address === null) return Promise.resolve(null);
  return new Promise((resolve) => {
    const asked = request({ ...address, path, timeout, agent: false }, (answer) => {
      let body = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => (body += chunk));
      answer.on('end', () => resolve(answer.statusCode === 200 ? body : null));
      answer.on('error', () => resolve(null));
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(null));
    asked.end();
  });
};

/** True when an engine answers within two seconds. */
export const engineAnswers = async (dockerHost: string): Promise<boolean> => (await get(dockerHost, '/_ping')) !== null;

/**
 * True when it greets and yet says nothing about its networks for so long. Docker 20.10 now and then locks itself up there: what runs goes
 * on, but no container can be started, stopped or attached until the engine is started again.
 */
export const engineHangs = async (dockerHost: string, silentMs: number): Promise<boolean> =>
  (await get(dockerHost, '/networks', silentMs)) === null && (await engineAnswers(dockerHost));

const infoSchema = z.object({
  ServerVersion: z.string(),
  LiveRestoreEnabled: z.boolean(),
  LoggingDriver: z.string(),
  Driver: z.string(),
  DockerRootDir: z.string(),
  MemTotal: z.number(),
  NCPU: z.number(),
  ContainersRunning: z.number(),
});
/** What a running engine says about itself; null when it does not answer. */
export const engineInfo = async (dockerHost: string): Promise<z.infer<typeof infoSchema> | null> => {
  const body = await get(dockerHost, '/info');
  return body === null ? null : infoSchema.parse(JSON.parse(body));
};

const networksSchema = z.array(
  z.object({
    Id: z.string(),
    Name: z.string(),
    Internal: z.boolean(),
    Options: z.record(z.string(), z.string()).nullable(),
    IPAM: z.object({ Config: z.array(z.object({ Subnet: z.string().optional() })).nullable() }),
    Labels: z.record(z.string(), z.string()).nullable(),
  }),
);
export type EngineNetwork = z.infer<typeof networksSchema>[number];
/** Every network of the engine; none when it does not answer. */
export const engineNetworks = async (dockerHost: string): Promise<readonly EngineNetwork[]> => {
  const body = await get(dockerHost, '/networks');
  return body === null ? [] : networksSchema.parse(JSON.parse(body));
};
export const isOf =
  (installation: string) =>
  ({ Labels }: EngineNetwork): boolean =>
    Labels?.[LABEL.installation] === installation;

/** Bridges of an installation's internal networks that the engine named: those from before their names were ours. */
export const unnamedBridges = async (dockerHost: string, installation: string): Promise<readonly string[]> =>
  (await engineNetworks(dockerHost))
    .filter(isOf(installation))
    .flatMap(({ Id, Internal, Options }) =>
      Internal && Options?.['com.docker.network.bridge.name'] === undefined ? [`br-${Id.slice(0, 12)}`] : [],
    );

/** Containers on a network, running ones only. */
export const containersOn = async (dockerHost: string, network: string): Promise<number> => {
  const body = await get(dockerHost, `/networks/${network}`);
  if (body === null) return 0;
  return Object.keys(z.object({ Containers: z.record(z.string(), z.unknown()) }).parse(JSON.parse(body)).Containers)
    .length;
};

const loggingSchema = z.object({
  HostConfig: z.object({ LogConfig: z.object({ Config: z.record(z.string(), z.string()) }) }),
});
/** True when that container's log cannot grow for ever; ours are made so, whatever the engine's own setting is. */
export const hasBoundedLog = async (dockerHost: string, container: string): Promise<boolean> => {
  const body = await get(dockerHost, `/containers/${container}/json`);
  return body !== null && loggingSchema.parse(JSON.parse(body)).HostConfig.LogConfig.Config['max-size'] !== undefined;
};

/** What an engine that is not ours lacks; `doctor` says the remedy. */
export type EngineLack = 'no_live_restore' | 'unbounded_logs' | 'slow_storage';

export const engineLacks = (info: {
  readonly LiveRestoreEnabled: boolean;
  readonly LoggingDriver: string;
  readonly Driver: string;
}): readonly EngineLack[] => {
  const lacks: EngineLack[] = [];
  if (!info.LiveRestoreEnabled) lacks.push('no_live_restore');
  if (info.LoggingDriver === 'json-file') lacks.push('unbounded_logs');
  if (info.Driver === 'vfs') lacks.push('slow_storage');
  return lacks;
};
