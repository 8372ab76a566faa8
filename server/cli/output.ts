import { stderr, stdout } from 'node:process';
import { ProvisionError } from '../../provisioners/contracts';
import { AppError } from '../domain/errors';
import { MESSAGES, reasonSentence, type Locale } from '../texts';
import { errorSentence } from '../texts/error-sentence';
import type { Output } from './context';

/** What a terminal would obey instead of showing. */
const CONTROL = /\p{Cc}/gu;
const plain = (cell: string): string => cell.replace(CONTROL, '�');

/** Columns padded to their widest cell. */
export const table = (rows: readonly (readonly string[])[]): readonly string[] => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, column) => plain(cell).padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
};

export const makeOutput = (options: {
  readonly json: boolean;
  readonly yes: boolean;
  readonly locale: Locale;
}): Output => {
  const messages = MESSAGES[options.locale];
  return {
    json: options.json,
    yes: options.yes,
    words: messages,
    line: (text) => {
      if (!options.json) stdout.write(`${text}\n`);
    },
    document: (value) => {
      if (options.json) stdout.write(`${JSON.stringify(value)}\n`);
    },
    text: (text) => void stdout.write(text),
    progress: (text) => void stderr.write(`${text}\n`),
    reason: (reason) => reasonSentence(messages, reason).what,
    remedy: (reason) => reasonSentence(messages, reason).next,
  };
};

/** What happened and what to do next; the technical word last so that it can be searched. */
export const describe = (error: unknown, locale: Locale): string => {
  if (error instanceof ProvisionError) {
    const params = { ...error.details, message: error.message };
    const said = reasonSentence(MESSAGES[locale], { code: `provision_${error.code}`, params });
    return `${said.what} ${said.next} [${error.code}: ${error.message}]`;
  }
  if (!(error instanceof AppError)) return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const { what, next } = errorSentence(locale, error);
  const field = error.field === null ? '' : `${error.field}: `;
  return `${field}${what} ${next} [${error.code}]`;
};
