import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { createSecureContext, rootCertificates } from 'node:tls';
import { axios } from 'acme-client';
import { ProvisionError } from '../../contracts';
import { errnoOf } from '../../lib/errno';
import { AuthorityProblem, readProblem, retryTime } from './problem';

interface Call {
  readonly agent: Agent;
  readonly signal: AbortSignal;
}
/** The library has one HTTP client for all of its users: what a call may trust and when it ends travels beside it. */
const calls = new AsyncLocalStorage<Call>();
const ANSWER_MS = 30_000;
const ANSWER_BYTES = 4 * 1024 * 1024;
const CONNECTIONS = 8;

/** `trust`: PEM of one more root. All of them are read once, not again for every connection. */
export const makeAgent = (trust: string | null): Agent =>
  new Agent({
    keepAlive: true,
    maxSockets: CONNECTIONS,
    ...(trust === null ? {} : { secureContext: createSecureContext({ ca: [...rootCertificates, trust] }) }),
  });

/** Everything the library asks inside `work` goes through `agent` and ends with `signal`. */
export const asking = <T>(agent: Agent, signal: AbortSignal, work: () => Promise<T>): Promise<T> =>
  calls.run({ agent, signal }, work);

interface Question {
  readonly url: string;
  readonly method: string;
  readonly body: string | null;
}
interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

const readAnswer = async (answer: IncomingMessage): Promise<Answer> => {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of answer) {
    const chunk = part as Buffer;
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES)
      throw new ProvisionError('failed', 'The certificate authority answers too much', { bytes });
    parts.push(chunk);
  }
  const headers = Object.entries(answer.headers).map(([name, value]) => [name, [value].flat().join(', ')]);
  return {
    status: answer.statusCode ?? 0,
    headers: Object.fromEntries(headers) as Record<string, string>,
    text: Buffer.concat(parts).toString('utf8'),
  };
};

const send = ({ agent, signal }: Call, { url, method, body }: Question): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/jose+json', 'user-agent': 'SiapPakai', 'accept-language': 'en' };
    const ended = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
    const outgoing = request(url, { method, agent, headers, signal: ended }, (answer) => {
      readAnswer(answer).then(resolve, reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body ?? undefined);
  });

const unreachable = (url: string, error: unknown, signal: AbortSignal): ProvisionError => {
  if (error instanceof ProvisionError) return error;
  const { host } = new URL(url);
  const late = signal.aborted || errnoOf(error) === 'ABORT_ERR';
  return new ProvisionError(
    late ? 'timeout' : 'unreachable',
    'The certificate authority does not answer',
    { host, errno: errnoOf(error), retryAt: null },
    error,
  );
};

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

/** What cannot be used ends here, with its code; the library would keep only a sentence, and wait for hours when told to. */
const usable = (url: string, answer: Answer): Answer => {
  const { status, text } = answer;
  if (status < 400) return answer;
  const retryAt = retryTime(answer.headers['retry-after'], new Date());
  const problem = readProblem(jsonOf(text));
  // The library asks again with a fresh nonce by itself.
  if (problem?.type.endsWith(':badNonce') === true) return answer;
  if (problem !== null && status < 500) throw new AuthorityProblem(status, problem, retryAt);
  if (status === 429) throw new AuthorityProblem(status, { type: 'rateLimited', detail: '', subproblems: [] }, retryAt);
  const details = { host: new URL(url).host, status, retryAt };
  if (status >= 500) throw new ProvisionError('unreachable', 'The certificate authority is not well', details);
  throw new ProvisionError('refused', 'The certificate authority refuses', { ...details, problem: 'unknown' });
};

axios.defaults.adapter = async (config) => {
  const call = calls.getStore();
  const { url = '', method = 'get' } = config;
  if (call === undefined) throw new ProvisionError('failed', 'An authority is asked outside of a call', { url });
  const body = typeof config.data === 'string' ? config.data : null;
  const answer = await send(call, { url, method: method.toUpperCase(), body }).catch((error: unknown) => {
    throw unreachable(url, error, call.signal);
  });
  const { status, headers, text } = usable(url, answer);
  return { data: text, status, statusText: '', headers, config };
};
