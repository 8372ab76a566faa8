import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { AppError } from '../../domain/errors';
import { logoChange, mailChange, mailShow, mailTest } from '../../services/operations/office';
import { contextOf, fieldsOf, showing } from '../perform';
import type { Run } from '../program';
import { firstLine } from './setup';

interface MailOptions {
  readonly host: string;
  readonly port: number;
  readonly security: 'tls' | 'starttls' | 'none';
  readonly user?: string;
  readonly from: string;
  readonly fromName: string;
  readonly passwordStdin?: boolean;
}
const setCommand = (noun: Command, run: Run): void => {
  noun
    .command('set')
    .description('keep the mail server of the office; its password comes from stdin')
    .requiredOption('--host <host>')
    .requiredOption('--port <port>', 'e.g. 587', (text) => Number(text))
    .requiredOption('--security <security>', 'tls, starttls or none')
    .option('--user <user>')
    .requiredOption('--from <email>')
    .requiredOption('--from-name <name>')
    .option('--password-stdin', 'first line of stdin; without it the kept one stays')
    .action(
      run((cli, { host, port, security, user, from, fromName, passwordStdin }: MailOptions) =>
        cli.open(async (session) => {
          const password = passwordStdin === true ? await firstLine() : null;
          const mail = { host, port, security, user: user ?? null, from, fromName };
          const document = await mailChange.call(contextOf(cli, session), { mail, password });
          cli.out.document(document);
          for (const line of fieldsOf(document)) cli.out.line(line);
          return 0;
        }),
      ),
    );
};
const mailCommands = (noun: Command, run: Run): void => {
  showing(noun.command('show').description(mailShow.summary), run, mailShow, { input: () => ({}) });
  setCommand(noun, run);
  showing(noun.command('remove').description('keep no mail server'), run, mailChange, {
    input: () => ({ mail: null, password: null }),
  });
  showing(noun.command('test <email>').description(mailTest.summary), run, mailTest, {
    input: (_options: object, to = '') => ({ to }),
  });
};
const logoCommand = (noun: Command, run: Run): void => {
  noun
    .command('logo [file]')
    .description('the logo of the office: PNG, JPEG or WebP')
    .option('--remove', 'take it away')
    .action(
      run((cli, options: { readonly remove?: boolean }, file?: string) =>
        cli.open(async (session) => {
          if (file === undefined && options.remove !== true)
            throw new AppError('invalid_input', { problem: 'empty' }, { field: 'file' });
          const content = file === undefined ? null : (await readFile(file)).toString('base64');
          const document = await logoChange.call(contextOf(cli, session), { content });
          cli.out.document(document);
          for (const line of fieldsOf(document)) cli.out.line(line);
          return 0;
        }),
      ),
    );
};

/** How the office shows itself: its mail server and its logo. */
export const officeCommands = (settings: Command, run: Run): void => {
  mailCommands(settings.command('mail').description('the mail server of the office'), run);
  logoCommand(settings, run);
};
