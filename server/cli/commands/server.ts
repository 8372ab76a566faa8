import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { AppError } from '../../domain/errors';
import {
  serverAdd,
  serverCheck,
  serverKeys,
  serverList,
  serverRemove,
  serverShow,
} from '../../services/operations/servers';
import { contextOf, listing, showing } from '../perform';
import type { Run } from '../program';
import { firstLine } from './setup';

interface Address {
  readonly user?: string;
  readonly port?: number;
}
interface LoginOptions {
  readonly key?: string;
  readonly passwordStdin?: boolean;
}
type Login = NonNullable<Parameters<typeof serverCheck.call>[1]['login']>;
type Server = Awaited<ReturnType<typeof serverShow.call>>;

/** From a file, or piped in: secrets are no arguments. */
const loginOf = async (options: LoginOptions): Promise<Login> =>
  options.key === undefined
    ? { kind: 'password', password: await firstLine() }
    : { kind: 'key', privateKey: await readFile(options.key, 'utf8') };
const addressOf = (host: string, options: Address) => ({
  host,
  user: options.user ?? userInfo().username,
  port: options.port ?? 22,
});
const linesOf = (server: Server): readonly string[] => [
  `${server.name}: ${server.state}`,
  ...(server.facts?.findings ?? []).map((finding) => `   ${JSON.stringify(finding)}`),
];

const withLogin = (command: Command): Command =>
  command.option('--key <file>', 'private key file').option('--password-stdin', 'first line of stdin');
const withAddress = (command: Command): Command =>
  command.option('--user <user>').option('--port <port>', 'usually 22', (text) => Number(text));

const addCommand = (noun: Command, run: Run): void => {
  withLogin(withAddress(noun.command('add <name> <host>')))
    .description(serverAdd.summary)
    .option('--host-key <fingerprint>', 'SHA256:… as the machine shows it')
    .action(
      run((cli, options: Address & LoginOptions & { readonly hostKey?: string }, name: string, host: string) =>
        cli.open(async (session) => {
          const input = { name, ...addressOf(host, options), hostKey: options.hostKey ?? null };
          const login = await loginOf(options);
          const server = await serverAdd.call(contextOf(cli, session), { ...input, login });
          cli.out.document(server);
          for (const line of linesOf(server)) cli.out.line(line);
          return server.state === 'ready' ? 0 : 1;
        }),
      ),
    );
};
const checkCommand = (noun: Command, run: Run): void => {
  withLogin(noun.command('check <name>'))
    .description(serverCheck.summary)
    .action(
      run((cli, options: LoginOptions, name: string) =>
        cli.open(async (session) => {
          const remote = options.key !== undefined || options.passwordStdin === true;
          const login = remote ? await loginOf(options) : null;
          const server = await serverCheck.call(contextOf(cli, session), { name, login });
          cli.out.document(server);
          for (const line of linesOf(server)) cli.out.line(line);
          return server.state === 'ready' ? 0 : 1;
        }),
      ),
    );
};

export const serverCommands = (noun: Command, run: Run): void => {
  listing(noun.command('list').description(serverList.summary), run, serverList, { input: () => ({}) });
  showing(noun.command('show <name>').description(serverShow.summary), run, serverShow, {
    input: (_options: object, name = '') => ({ name }),
    lines: linesOf,
  });
  showing(withAddress(noun.command('keys <host>')).description(serverKeys.summary), run, serverKeys, {
    input: (options: Address, host = '') => addressOf(host, options),
    lines: (keys) => keys.map(({ type, fingerprint }) => `${type} ${fingerprint}`),
  });
  addCommand(noun, run);
  checkCommand(noun, run);
  showing(
    noun
      .command('remove <name>')
      .description(serverRemove.summary)
      .requiredOption('--confirm <name>', 'the same name again'),
    run,
    serverRemove,
    {
      input: ({ confirm }: { readonly confirm: string }, name = '') => {
        if (confirm !== name) throw new AppError('confirmation_mismatch', { expected: name }, { field: 'confirm' });
        return { name };
      },
    },
  );
};
