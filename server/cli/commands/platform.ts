import type { Command } from 'commander';
import { bareStatement } from '../../domain/statement';
import { recordAudit } from '../../services/audit-service';
import { databaseList } from '../../services/operations/databases';
import { auditList, auditVerify } from '../../services/operations/audit';
import { kabupatenList, wilayahList, wilayahShow } from '../../services/operations/regions';
import { settingsChange, settingsHosts, settingsShow } from '../../services/operations/settings';
import type { Messages } from '../../texts';
import { auditKey, auditValue } from '../../texts/audit-words';
import { table } from '../output';
import type { Cli } from '../context';
import { contextOf, fieldsOf, listing, printList, showing, withList, withWatch, type ListOptions } from '../perform';
import type { Run } from '../program';

interface RegionOptions extends ListOptions {
  readonly kabupaten?: boolean;
  readonly search?: string;
  readonly kecamatan?: string;
}
const searchOf = ({ search }: RegionOptions): { readonly search?: string } => (search === undefined ? {} : { search });
const bringCommand = (noun: Command, run: Run): void => {
  noun
    .command('import <file>')
    .description('a newer list of regions; says what changes, then applies it with --yes')
    .action(
      run((cli, _options, file: string) =>
        cli.open(async (session) => {
          const result = await session.wilayah.importFile(cli.actor, file, cli.out.yes ? 'yes' : 'no');
          cli.out.document(result);
          cli.out.line(
            `${result.dataset.id}: +${result.diff.added.length} −${result.diff.removed.length} ~${result.diff.renamed.length}${result.applied ? '' : ' (--yes applies it)'}`,
          );
          return 0;
        }),
      ),
    );
};

/** Two lists under one name: with --kabupaten that of the country. */
const regionList = (noun: Command, run: Run): void => {
  withList(noun.command('list'))
    .description('desa of the kabupaten, or all kabupaten')
    .option('--kabupaten', 'all 514 kabupaten and kota')
    .option('--kecamatan <kode>')
    .option('--search <text>')
    .action(
      run((cli, options: RegionOptions) =>
        cli.open((session) => {
          const context = contextOf(cli, session);
          const { kecamatan } = options;
          const input = { ...searchOf(options), ...(kecamatan === undefined ? {} : { kecamatan }) };
          return options.kabupaten === true
            ? printList(cli, context, kabupatenList, searchOf(options), options)
            : printList(cli, context, wilayahList, input, options);
        }),
      ),
    );
};
const regionShow = (noun: Command, run: Run): void => {
  showing(noun.command('show <kode>').description(wilayahShow.summary), run, wilayahShow, {
    input: (_options: object, kode = '') => ({ kode }),
    lines: ({ desa, kecamatan, kabupaten, provinsi }) => [
      `${desa.kode} ${desa.nama}, ${kecamatan.nama}, ${kabupaten.nama}, ${provinsi.nama}`,
    ],
  });
};

export const wilayahCommands = (noun: Command, run: Run): void => {
  regionList(noun, run);
  regionShow(noun, run);
  bringCommand(noun, run);
};
/** `5`, `["a.id"]` and `null` are what they look like; everything else is text. */
const settingValue = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};
const changeCommand = (noun: Command, run: Run): void => {
  noun
    .command('set <key> <value>')
    .description('change one setting; JSON or text')
    .action(
      run((cli, _options, key: string, value: string) =>
        cli.open(async (session) => {
          const body = { [key]: settingValue(value) };
          const { document } = await settingsChange.handle(contextOf(cli, session), { body });
          cli.out.document(document);
          const changed = new Map<string, unknown>(Object.entries(document ?? {})).get(key);
          cli.out.line(`${key} ${JSON.stringify(changed)}`);
          return 0;
        }),
      ),
    );
};
export const settingCommands = (noun: Command, run: Run): void => {
  showing(withWatch(noun.command('list').description(settingsShow.summary)), run, settingsShow, {
    input: () => ({}),
    lines: (settings) => table(Object.entries(settings).map(([key, value]) => [key, JSON.stringify(value)])),
  });
  changeCommand(noun, run);
  const hosts = noun
    .command('hosts')
    .description(settingsHosts.summary)
    .requiredOption('--pattern <pattern>', 'e.g. {desa}.kec-{kec}.kebumenkab.go.id')
    .option('--suffix <suffix>', 'fills {suffix} of the pattern');
  listing(hosts, run, settingsHosts, {
    input: ({ pattern, suffix }: { readonly pattern: string; readonly suffix?: string }) => ({
      pattern,
      ...(suffix === undefined ? {} : { suffix }),
    }),
  });
};

/** Written down before it is run: it may be the last thing that works. */
const noteStatement = (cli: Cli, sql: string): Promise<void> =>
  cli.open(({ transact }) =>
    transact.run((stores) =>
      recordAudit(stores, cli.actor, {
        act: 'database.shell',
        object: 'database:gabungan',
        after: { statement: bareStatement(sql) },
      }),
    ),
  );

export const databaseCommands = (noun: Command, run: Run): void => {
  listing(noun.command('list').description(databaseList.summary), run, databaseList, { input: () => ({}) });
  noun
    .command('shell')
    .description('the shared database as schema owner; audited')
    .option('-e, --execute <sql>')
    .action(
      run(async (cli, { execute }: { readonly execute?: string }) => {
        if (execute !== undefined) await noteStatement(cli, execute);
        return cli.machine.databaseShell(execute ?? null);
      }),
    );
  noun
    .command('dump <file>')
    .description('a verified dump of the shared database')
    .action(
      run(async (cli, _options, file: string) => {
        const dump = await cli.machine.databaseDump(file, new AbortController().signal);
        cli.out.document({ file, ...dump });
        cli.out.line(`${file}: ${dump.tables} tables, ${dump.bytes} bytes, sha256 ${dump.sha256}`);
        return 0;
      }),
    );
};

/** `cara: dengan kata sandi`; a change without keys has no words of its own. */
const changeText = (words: Messages, change: unknown): string | null =>
  typeof change !== 'object' || change === null || Array.isArray(change)
    ? null
    : Object.entries(change)
        .map(([key, value]) => [auditKey(words, key), auditValue(words, key, value)] as const)
        .map(([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
        .join(', ');
const ACTS = 100;
interface AuditOptions {
  readonly act?: string;
  readonly object?: string;
  readonly actor?: string;
}
export const auditCommands = (noun: Command, run: Run): void => {
  const list = noun
    .command('list')
    .description(auditList.summary)
    .option('--act <act>', 'e.g. rollout.update')
    .option('--object <object>', 'e.g. desa:33.05.05.2011')
    .option('--actor <actor>', 'as it stands in the list');
  listing(list, run, auditList, {
    input: ({ act, object, actor }: AuditOptions) => ({
      ...(act === undefined ? {} : { act }),
      ...(object === undefined ? {} : { object }),
      ...(actor === undefined ? {} : { actor }),
    }),
    usual: ACTS,
    cells: (words) => ({ after: ({ after }) => changeText(words, after) }),
  });
  noun
    .command('verify')
    .description(auditVerify.summary)
    .action(
      run((cli) =>
        cli.open(async (session) => {
          const verdict = await auditVerify.call(contextOf(cli, session), {});
          cli.out.document(verdict);
          for (const line of fieldsOf(verdict)) cli.out.line(line);
          return verdict.intact ? 0 : 1;
        }),
      ),
    );
};
