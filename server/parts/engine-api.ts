import { request, type RequestOptions } from 'node:http';
import { z } from 'zod';

const ANSWER_MS = 2_000;

/** null = an address plain HTTP cannot ask (TLS, SSH). */
const addressOf = (dockerHost: string): RequestOptions | null => {
  if (dockerHost.startsWith('unix://')) return { socketPath: dockerHost.slice('unix://'.length) };
  const url = URL.canParse(dockerHost) ? new URL(dockerHost) : null;
  if (url === null || !['tcp:', 'http:'].includes(url.protocol)) return null;
  return { host: url.hostname, port: url.port === '' ? 2375 : url.port };
};

const get = (dockerHost: string, path: string): Promise<string | null> => {
  const address = addressOf(dockerHost);
  if (address === null) return Promise.resolve(null);
  return new Promise((resolve) => {
    const asked = request({ ...address, path, timeout: ANSWER_MS, agent: false }, (answer) => {
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

const infoSchema = z.object({
  ServerVersion: z.string(),
  LiveRestoreEnabled: z.boolean(),
  LoggingDriver: z.string(),
  Driver: z.string(),
  DockerRootDir: z.string(),
  MemTotal: z.number(),
  NCPU: z.number(),
});
/** What a running engine says about itself; null when it does not answer. */
export const engineInfo = async (dockerHost: string): Promise<z.infer<typeof infoSchema> | null> => {
  const body = await get(dockerHost, '/info');
  return body === null ? null : infoSchema.parse(JSON.parse(body));
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
