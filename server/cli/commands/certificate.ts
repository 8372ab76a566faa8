import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { AppError, errnoOf } from '../../domain/errors';
import {
  certificateChange,
  certificateCheck,
  certificateHosts,
  certificateRemove,
  certificateRetry,
  certificateShow,
  certificateUpload,
} from '../../services/operations/certificates';
import { table } from '../output';
import { contextOf, fieldsOf, listing, showing } from '../perform';
import type { Run } from '../program';
import { firstLine } from './setup';

const readPem = async (file: string, field: string): Promise<string> => {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new AppError('invalid_input', { problem: 'certificate_file', file, errno: errnoOf(error) }, { field });
  }
};

interface AuthorityOptions {
  readonly directory?: string;
  readonly contact?: string;
  readonly bindingId?: string;
  readonly bindingKeyStdin?: boolean;
  readonly trust?: string;
}
const authorityCommand = (noun: Command, run: Run): void => {
  noun
    .command('authority <kind>')
    .description(`${certificateChange.summary}; kind = internal or acme`)
    .option('--directory <url>', 'of the ACME authority; without it the one before')
    .option('--contact <email>')
    .option('--binding-id <id>', 'of the external account binding, when the authority wants one')
    .option('--binding-key-stdin', 'first line of stdin; without it the kept one stays')
    .option('--trust <file>', "root of the office's own authority, PEM")
    .action(
      run((cli, options: AuthorityOptions, kind: string) =>
        cli.open(async (session) => {
          const context = contextOf(cli, session);
          const { settings } = await certificateShow.call(context, {});
          const document = await certificateChange.call(context, {
            settings: {
              authority: kind === 'acme' ? 'acme' : kind === 'internal' ? 'internal' : wrongKind(),
              directoryUrl: options.directory ?? settings.directoryUrl,
              contact: options.contact ?? settings.contact,
              bindingId: options.bindingId ?? settings.bindingId,
              trust: options.trust === undefined ? settings.trust : (await readPem(options.trust, 'trust')).trim(),
            },
            bindingKey: options.bindingKeyStdin === true ? await firstLine() : null,
          });
          cli.out.document(document);
          for (const line of fieldsOf(document)) cli.out.line(line);
          return 0;
        }),
      ),
    );
};
const wrongKind = (): never => {
  throw new AppError('invalid_input', { problem: 'field_choice', choices: 'internal, acme' }, { field: 'kind' });
};

const fileCommand = (noun: Command, run: Run, operation: typeof certificateCheck): void => {
  noun
    .command(`${operation === certificateCheck ? 'check' : 'upload'} <file>`)
    .description(operation.summary)
    .requiredOption('--key <file>', 'its key, PEM without password')
    .action(
      run((cli, options: { readonly key: string }, file: string) =>
        cli.open(async (session) => {
          const certificate = await readPem(file, 'certificate');
          const input = { certificate, key: await readPem(options.key, 'key') };
          const document = await operation.call(contextOf(cli, session), input);
          cli.out.document(document);
          const { hosts, ...rest } = document;
          for (const line of fieldsOf(rest)) cli.out.line(line);
          const rows = hosts.map((one) => [one.host, one.by ?? '—']);
          for (const line of table([['HOST', 'BY'], ...rows])) cli.out.line(line);
          return document.problems.length === 0 ? 0 : 1;
        }),
      ),
    );
};

/** Who signs for the hosts, and certificates people bring. */
export const certificateCommands = (noun: Command, run: Run): void => {
  showing(noun.command('show').description(certificateShow.summary), run, certificateShow, { input: () => ({}) });
  listing(noun.command('hosts').description(certificateHosts.summary), run, certificateHosts, { input: () => ({}) });
  authorityCommand(noun, run);
  fileCommand(noun, run, certificateCheck);
  fileCommand(noun, run, certificateUpload);
  showing(noun.command('retry').description(certificateRetry.summary), run, certificateRetry, { input: () => ({}) });
  showing(
    noun
      .command('remove <id>')
      .description(certificateRemove.summary)
      .requiredOption('--confirm <id>', 'the same id again'),
    run,
    certificateRemove,
    {
      input: ({ confirm }: { readonly confirm: string }, id = '') => {
        if (confirm !== id) throw new AppError('confirmation_mismatch', { expected: id }, { field: 'confirm' });
        return { id };
      },
    },
  );
};
