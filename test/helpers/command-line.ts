import { Secret } from '../../server/domain/secret';
import type { Cli } from '../../server/cli/context';
import { runProgram } from '../../server/cli/program';
import { OPERATIONS } from '../../server/services/operations';
import { makeCli } from '../../server/wiring/terminal';
import type { Locale } from '../../server/texts';
import type { ApiClient } from './api-client';
import type { WebInstallation } from './web-installation';

export interface Told {
  readonly code: number;
  readonly out: string;
  readonly said: string;
}
type Ground = Pick<WebInstallation, 'config'> & {
  readonly mariadb: Pick<WebInstallation['mariadb'], 'url' | 'port'>;
  readonly redis: Pick<WebInstallation['redis'], 'url'>;
};
/** Where a command finds what it needs, when that is not where it is; its language. */
export interface Elsewhere {
  readonly databasePort?: number;
  readonly redisUrl?: string;
  readonly dockerHost?: string;
  readonly home?: string;
  readonly httpPort?: number;
  readonly httpsPort?: number;
  readonly dashboardPort?: number;
  readonly locale?: Locale;
}
/** The real command line in this process, on the database of an installation. */
export class CommandLine {
  /** Operations whose command was run and fitted the document of REST. */
  readonly told = new Set<string>();
  readonly #web: Ground;
  readonly #api: Pick<ApiClient, 'wrong'>;
  constructor(web: Ground, api: Pick<ApiClient, 'wrong'>) {
    this.#web = web;
    this.#api = api;
  }

  async tell(
    argv: readonly string[],
    change: (cli: Cli) => Cli = (cli) => cli,
    { databasePort, redisUrl, locale = 'id', ...place }: Elsewhere = {},
  ): Promise<Told> {
    const { config, mariadb, redis } = this.#web;
    const database = `${mariadb.url}/control`.replace(`:${mariadb.port}/`, `:${databasePort ?? mariadb.port}/`);
    const make = makeCli({
      ...{ home: config.home, name: config.name, httpPort: config.httpPort, httpsPort: config.httpsPort },
      dashboardPort: config.dashboardPort,
      databaseUrl: new Secret(database),
      tenantDatabaseUrl: null,
      redisUrl: new Secret(redisUrl ?? redis.url),
      dockerHost: null,
      language: null,
      ...place,
    });
    const [out, said]: [string[], string[]] = [[], []];
    const write = (kept: string[]) => (text: string | Uint8Array) => kept.push(String(text)) > 0;
    const spies = [
      jest.spyOn(process.stdout, 'write').mockImplementation(write(out)),
      jest.spyOn(process.stderr, 'write').mockImplementation(write(said)),
    ];
    try {
      const code = await runProgram(argv, { locale, version: '0', makeCli: (output) => change(make(output)) });
      return { code, out: out.join(''), said: said.join('') };
    } finally {
      spies.forEach((spy) => spy.mockRestore());
    }
  }

  /** Runs the command of an operation with --json and holds its document against that of REST. */
  document(name: string, ...argv: readonly string[]): Promise<unknown> {
    return this.seen(name, argv, [0]);
  }

  /** The same, for a command that may say that what it found is not fit. */
  async seen(name: string, argv: readonly string[], codes: readonly number[] = [0, 1]): Promise<unknown> {
    const operation = OPERATIONS.find((one) => one.name === name)!;
    expect(operation.cli).toContain(
      argv.slice(0, operation.cli.find((one) => argv.join(' ').startsWith(one))?.split(' ').length).join(' '),
    );
    const { code, out, said } = await this.tell([...argv, '--json']);
    const fine = codes.includes(code);
    expect([argv.join(' '), fine, said]).toEqual([argv.join(' '), true, fine ? said : '']);
    expect(out.endsWith('\n')).toBe(true);
    expect(out.trimEnd().split('\n')).toHaveLength(1);
    const parsed: unknown = JSON.parse(out);
    expect([argv.join(' '), this.#api.wrong(name, operation.status ?? 200, parsed)]).toEqual([argv.join(' '), []]);
    this.told.add(name);
    return parsed;
  }
}
