import type { Row } from './row';

export interface Said {
  readonly row: Row;
  readonly command: string;
  readonly id: string;
  readonly en: string;
}
export interface Section {
  readonly title: string;
  readonly said: readonly Said[];
}
const cell = (text: string): string => text.replaceAll('|', '\\|');
const rowOf = ({ row, command, id, en }: Said): string => {
  const rest = row.rest === null ? '' : ` · ${row.refused === undefined ? String(row.status) : '202, then `refused`'}`;
  return `| ${cell(row.what)} | \`${cell(command)}\` | ${row.exit}${rest} | ${cell(id)}<br>${cell(en)} |`;
};

/** The table of all rows, from what was said when they were run. */
export const badInputPage = (sections: readonly Section[]): string =>
  [
    '# Bad input',
    '',
    'Made by `test/integration/bad-input.test.ts`, which runs every row on an installation and says how to renew this page when',
    'a sentence has changed. Each message begins with the field it belongs to and ends with its code; the exit code is followed by the',
    'HTTP status where there is such an operation. After every one of them all rows, files, containers, volumes, networks,',
    'schemas and routes are what they were; a refused release stays in the list with its sentence, and nothing of it on disk.',
    ...sections.flatMap(({ title, said }) => [
      '',
      `## ${title}`,
      '',
      '| bad input | command | exit, status | message |',
      '|---|---|---|---|',
      ...said.map(rowOf),
    ]),
    '',
  ].join('\n');
