import { readLintOutput } from '../../../provisioners/releases/php-lint';

const broken = {
  file: 'donjo-app/views/statistik/penduduk.php',
  line: 346,
  message: 'syntax error, unexpected end of file',
};
const output = (...lines: readonly unknown[]): string => `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`;

describe('output of the PHP lint', () => {
  it('lists what is broken', () => {
    expect(readLintOutput(output(broken, { files: 6439, errors: 1 }))).toEqual({ files: 6439, errors: [broken] });
    expect(readLintOutput(output({ files: 3, errors: 0 }))).toEqual({ files: 3, errors: [] });
  });
  it('passes over lines of others', () => {
    const text = `PHP Warning:  Module "x" is already loaded\n{"half":\n${output(broken, { files: 1, errors: 1 })}`;
    expect(readLintOutput(text).errors).toEqual([broken]);
  });
  it('is no result when the lint did not come to its end', () => {
    for (const text of ['', output(broken), 'Killed\n'])
      expect(() => readLintOutput(text)).toThrow('the PHP lint did not finish');
  });
  it('names two hundred at most', () => {
    const text = output(...Array.from({ length: 300 }, () => broken), { files: 300, errors: 300 });
    expect(readLintOutput(text).errors).toHaveLength(200);
  });
});
