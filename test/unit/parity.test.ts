import type { Command } from 'commander';
import { buildProgram } from '../../server/cli/program';
import { openApiDocument } from '../../server/http/api/openapi';
import { ROUTES } from '../../server/http/app';
import { apiReaderPage } from '../../server/http/pages/api-reader-page';
import { OPERATIONS } from '../../server/services/operations';
import { operationSummaries } from '../../server/texts/id/operations';

const makeCli = (): never => {
  throw new Error('nothing may run');
};
const program = buildProgram({ locale: 'id', version: '0', makeCli }, () => undefined);
const leaves = (command: Command, prefix = ''): readonly string[] =>
  command.commands.flatMap((one) => {
    const name = `${prefix}${one.name()}`;
    return one.commands.length > 0 ? leaves(one, `${name} `) : [name];
  });
const COMMANDS = leaves(program).filter((name) => !/(^| )help$/.test(name));
/** Pages below `/_` are for who builds the dashboard. */
const SCREENS = ROUTES.filter((one) => !one.path.startsWith('/_')).map((one) => `${one.method} ${one.path}`);

/** Only at the terminal: they start, stop or read the machine itself, which the dashboard has no way to. */
const TERMINAL_ONLY: Readonly<Record<string, string>> = {
  demo: 'an installation of its own',
  up: 'starts the dashboard itself',
  down: 'stops the dashboard itself',
  destroy: 'deletes the dashboard itself',
  status: 'processes and containers of the machine',
  doctor: 'the machine below the dashboard',
  logs: 'logs of the parts of the dashboard',
  test: 'tests of the checkout',
  upgrade: 'replaces the dashboard itself',
  completion: 'of the shell',
  setup: 'before anybody has an account; on screen by its link',
  'wilayah import': 'a file of the machine',
  'database shell': 'a shell',
  'database dump': 'to a file of the machine',
  'user login-link': 'whoever holds the terminal may sign in as anybody; nobody else may',
};
/** Only on screen: they are about the screen, or how one gets to it. */
const SCREEN_ONLY: Readonly<Record<string, string>> = {
  'get /masuk': 'signing in',
  'post /masuk': 'signing in',
  'get /masuk/:token': 'signing in',
  'post /masuk/:token': 'signing in',
  'post /keluar': 'signing out of this browser',
  'post /tampilan': 'language and theme of this browser',
  'get /setup/:token': 'the command is setup',
  'post /setup/:token': 'the command is setup',
  'get /dokumen-api': 'reads the document of REST',
};

interface Described {
  readonly operationId: string;
  readonly 'x-siappakai-cli': readonly string[];
  readonly 'x-siappakai-screens': readonly string[];
}
const described = (): readonly Described[] => {
  const { paths } = JSON.parse(JSON.stringify(openApiDocument('0'))) as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  };
  return Object.values(paths).flatMap((methods) => Object.values(methods));
};
/** One row per operation: its command and its screen; then what no operation stands behind. */
const gapsOf = (commands: readonly string[], screens: readonly string[]): readonly string[] => {
  const rows = described();
  const [byCli, byScreen] = [
    new Set(rows.flatMap((one) => one['x-siappakai-cli'])),
    new Set(rows.flatMap((one) => one['x-siappakai-screens'])),
  ];
  return [
    ...rows.flatMap((one) =>
      one['x-siappakai-cli']
        .filter((name) => !commands.includes(name))
        .map((name) => `${one.operationId}: no command ${name}`),
    ),
    ...rows.flatMap((one) =>
      one['x-siappakai-screens']
        .filter((name) => !screens.includes(name))
        .map((name) => `${one.operationId}: no screen ${name}`),
    ),
    ...commands
      .filter((name) => !byCli.has(name) && !Object.hasOwn(TERMINAL_ONLY, name))
      .map((name) => `command ${name}: no operation`),
    ...screens
      .filter((name) => !byScreen.has(name) && !Object.hasOwn(SCREEN_ONLY, name))
      .map((name) => `screen ${name}: no operation`),
  ];
};

test('what REST does the terminal and the screens do, and the other way round', () => {
  expect(described()).toHaveLength(OPERATIONS.length);
  expect(described().every((one) => one['x-siappakai-cli'].length > 0 && one['x-siappakai-screens'].length > 0)).toBe(
    true,
  );
  expect(gapsOf(COMMANDS, SCREENS)).toEqual([]);
});

test.each(described().flatMap((one) => one['x-siappakai-cli'].map((command) => [one.operationId, command] as const)))(
  '%s without its command %s is a gap',
  (operation, command) => {
    expect(
      gapsOf(
        COMMANDS.filter((name) => name !== command),
        SCREENS,
      ),
    ).toContain(`${operation}: no command ${command}`);
  },
);

test('a command or a screen without its operation is a gap', () => {
  expect(gapsOf([...COMMANDS, 'desa fly'], SCREENS)).toContain('command desa fly: no operation');
  expect(gapsOf(COMMANDS, [...SCREENS, 'post /desa/:kode/terbang'])).toContain(
    'screen post /desa/:kode/terbang: no operation',
  );
});

test('what stands alone still exists', () => {
  expect(Object.keys(TERMINAL_ONLY).filter((name) => !COMMANDS.includes(name))).toEqual([]);
  expect(Object.keys(SCREEN_ONLY).filter((name) => !SCREENS.includes(name))).toEqual([]);
});

test('names and fields of an operation are its own', () => {
  expect(new Set(OPERATIONS.map((one) => one.name)).size).toBe(OPERATIONS.length);
  expect(new Set(OPERATIONS.map((one) => `${one.method} ${one.path}`)).size).toBe(OPERATIONS.length);
  for (const one of OPERATIONS) {
    const inPath = [...one.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    expect([one.name, Object.keys(one.params.shape)]).toEqual([one.name, inPath]);
    const fields = [one.params, one.query, one.body].flatMap((part) => Object.keys(part.shape));
    expect([one.name, new Set(fields).size]).toEqual([one.name, fields.length]);
  }
});

test('every operation is described in Indonesian too, and nothing else is', () => {
  expect(Object.keys(operationSummaries).sort()).toEqual(OPERATIONS.map((one) => one.name).sort());
  for (const one of OPERATIONS) expect([one.name, operationSummaries[one.name]]).not.toEqual([one.name, one.summary]);
});
test('the reader leaves none out', () => {
  const shown = apiReaderPage('id').groups.flatMap(({ operations }) => operations.map((one) => one.name));
  expect([...shown].sort()).toEqual(OPERATIONS.map((one) => one.name).sort());
});
