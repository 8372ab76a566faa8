import { createTransport } from 'nodemailer';
import { AppError, errnoOf } from '../domain/errors';
import type { MailSettings } from '../domain/settings';
import type { Secret } from '../domain/secret';

/** One letter, to one person. */
export interface Letter {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Shown at the top by `cid:logo`. */
  readonly logo: { readonly type: string; readonly content: Buffer } | null;
}
/** Hands a letter to the mail server and returns what it answered; AppError('mail_failed') says why not. */
export type SendLetter = (server: MailSettings, password: Secret | null, letter: Letter) => Promise<string>;

const WAIT_MS = 12_000;
const PROBLEMS: Readonly<Record<string, string>> = {
  EAUTH: 'mail_login',
  ENOAUTH: 'mail_login',
  EDNS: 'mail_name',
  ENOTFOUND: 'mail_name',
  EAI_AGAIN: 'mail_name',
  ECONNREFUSED: 'mail_closed',
  ECONNECTION: 'mail_closed',
  EHOSTUNREACH: 'mail_closed',
  ENETUNREACH: 'mail_closed',
  ETIMEDOUT: 'mail_silent',
  ETLS: 'mail_tls',
  EREQUIRETLS: 'mail_tls',
  EENVELOPE: 'mail_address',
};
const TLS = /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS|ERR_SSL|EPROTO|HOSTNAME_MISMATCH)/;
const fieldOf = (error: unknown, name: 'originalCode' | 'response' | 'responseCode'): unknown =>
  typeof error === 'object' && error !== null ? new Map<string, unknown>(Object.entries(error)).get(name) : undefined;

const problemOf = (error: unknown): string => {
  const causes = [fieldOf(error, 'originalCode'), errnoOf(error)].filter((one) => typeof one === 'string');
  if (causes.some((one) => TLS.test(one))) return 'mail_tls';
  // The library's own word hides that of the socket, which tells more.
  const known = causes.map((one) => PROBLEMS[one]).find((one) => one !== undefined);
  return known ?? 'mail_refused';
};
const failure = (error: unknown, server: MailSettings): AppError => {
  const response = fieldOf(error, 'response');
  const code = fieldOf(error, 'responseCode');
  const params = {
    problem: problemOf(error),
    host: server.host,
    port: server.port,
    status: typeof code === 'number' ? code : null,
    answer: typeof response === 'string' ? response.slice(0, 200) : '',
  };
  return new AppError('mail_failed', params, { cause: error });
};

export const sendLetter: SendLetter = async (server, password, letter) => {
  const transport = createTransport({
    host: server.host,
    port: server.port,
    secure: server.security === 'tls',
    requireTLS: server.security === 'starttls',
    ignoreTLS: server.security === 'none',
    connectionTimeout: WAIT_MS,
    greetingTimeout: WAIT_MS,
    socketTimeout: WAIT_MS,
    ...(server.user === null ? {} : { auth: { user: server.user, pass: password?.reveal() ?? '' } }),
  });
  const attachments = letter.logo === null ? [] : [{ filename: 'logo', cid: 'logo', ...picture(letter.logo) }];
  const { to, subject, text, html } = letter;
  try {
    const from = { name: server.fromName, address: server.from };
    const sent = await transport.sendMail({ from, to, subject, text, html, attachments });
    return sent.response;
  } catch (error) {
    throw failure(error, server);
  } finally {
    transport.close();
  }
};
const picture = ({ type, content }: NonNullable<Letter['logo']>) => ({ contentType: type, content });
