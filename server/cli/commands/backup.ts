import type { Command } from 'commander';
import { AppError } from '../../domain/errors';
import {
  archiveCheck,
  archiveList,
  backupCheck,
  backupList,
  backupMake,
  backupRemove,
} from '../../services/operations/backups';
import { contextOf, fieldsOf, listing, showing } from '../perform';
import type { Run } from '../program';

const checkCommand = (noun: Command, run: Run): void => {
  noun
    .command('check <id>')
    .description(backupCheck.summary)
    .option('--archive', 'the archive of a removed desa')
    .action(
      run((cli, options: { readonly archive?: boolean }, id: string) =>
        cli.open(async (session) => {
          const operation = options.archive === true ? archiveCheck : backupCheck;
          const document = await operation.call(contextOf(cli, session), { id });
          cli.out.document(document);
          for (const line of fieldsOf(document)) cli.out.line(line);
          return 0;
        }),
      ),
    );
};

export const backupCommands = (noun: Command, run: Run): void => {
  listing(noun.command('list').description(backupList.summary), run, backupList, { input: () => ({}) });
  listing(noun.command('archives').description(archiveList.summary), run, archiveList, { input: () => ({}) });
  showing(noun.command('make <database>').description(backupMake.summary), run, backupMake, {
    input: (_options: object, database = '') => ({ database }),
  });
  checkCommand(noun, run);
  showing(
    noun.command('remove <id>').description(backupRemove.summary).requiredOption('--confirm <id>', 'the same id again'),
    run,
    backupRemove,
    {
      input: ({ confirm }: { readonly confirm: string }, id = '') => {
        if (confirm !== id) throw new AppError('confirmation_mismatch', { expected: id }, { field: 'confirm' });
        return { id };
      },
    },
  );
};
