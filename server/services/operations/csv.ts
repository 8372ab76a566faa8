/** A column of a list: its name and what stands in it. */
export interface Column<T> {
  readonly name: string;
  readonly of: (item: T) => string | number | null;
}

/** Spreadsheets take a cell that begins so for a formula. */
const FORMULA = /^[=+\-@\t\r]/;
/** Without it spreadsheets take UTF-8 for something else. */
const MARK = '\uFEFF';

const cell = (value: string | number | null): string => {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

/** RFC 4180 with a byte order mark; text that a spreadsheet would run gets an apostrophe in front. */
export const csvOf = <T>(columns: readonly Column<T>[], items: readonly T[]): string => {
  const rows = [columns.map(({ name }) => name), ...items.map((item) => columns.map(({ of }) => of(item)))];
  return `${MARK}${rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('')}`;
};
