import { runProgram } from '../../server/cli/program';
import type { Cli, Machine, Session } from '../../server/cli/context';
import { TERMINAL } from '../../server/domain/actor';

type Log = Machine['partLog'];
/** A machine that has nothing but logs of three lines. */
const logging: Log = async (_of, _follow, print) => ['satu', 'dua', '{"tiga":3}'].forEach(print);
const told = async (...argv: readonly string[]): Promise<readonly string[]> => {
  const written: string[] = [];
  const spy = jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  const desa: Pick<Session['desa'], 'containerOf'> = { containerOf: async () => 'k' };
  const machine: Pick<Machine, 'partLog' | 'containerLog'> = { partLog: logging, containerLog: logging };
  try {
    const makeCli = (out: Cli['out']): Cli =>
      ({
        out,
        actor: TERMINAL,
        machine,
        open: (work: (session: { desa: typeof desa }) => unknown) => work({ desa }),
      }) as never;
    expect(await runProgram(argv, { locale: 'id', version: '0', makeCli })).toBe(0);
  } finally {
    spy.mockRestore();
  }
  return written.join('').trimEnd().split('\n');
};

describe.each([
  ['of a part', ['logs', 'worker']],
  ['of a desa', ['desa', 'logs', '33.05.05.2011', 'opensid']],
])('logs %s', (_, argv) => {
  it('with --json are one document', async () => {
    const lines = await told(...argv, '--json');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toEqual([{ line: 'satu' }, { line: 'dua' }, { line: '{"tiga":3}' }]);
  });
  it('with --json while following are one document a line', async () => {
    const lines = await told(...argv, '--json', '--follow');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { line: 'satu' },
      { line: 'dua' },
      { line: '{"tiga":3}' },
    ]);
  });
  it('are plain lines otherwise', async () => {
    expect(await told(...argv)).toEqual(['satu', 'dua', '{"tiga":3}']);
  });
});
