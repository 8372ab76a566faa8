/**
 * Rows that were read before are the same objects again. The database sends each row as one line of text; most lines are as they were
 * at the last reading, and comparing two lines costs a hundredth of taking one apart.
 */
export class KeptRows<T> {
  private readonly make: (fields: readonly string[]) => T;
  private lines: readonly string[] = [];
  private rows: readonly T[] = [];
  constructor(make: (fields: readonly string[]) => T) {
    this.make = make;
  }

  /** Fields are separated by tabs; equal lines at equal places give equal objects. The same array when nothing changed. */
  take(lines: readonly string[]): readonly T[] {
    const same = (index: number): boolean => this.lines[index] === lines[index];
    const rows = lines.map((line, index) => {
      const known = same(index) ? this.rows[index] : undefined;
      return known ?? this.make(line.split('\t'));
    });
    const unchanged = lines.length === this.lines.length && lines.every((_, index) => same(index));
    this.lines = lines;
    if (!unchanged) this.rows = rows;
    return this.rows;
  }
}

/** SQL of one line out of columns or expressions; NULL is an empty field. Values must not contain tabs. */
export const lineOf = (columns: readonly string[]): string =>
  `CONCAT_WS('\\t', ${columns.map((column) => `IFNULL(${column}, '')`).join(', ')}) AS line`;
/** A DATETIME(3) in UTC as the database writes it into a line. */
export const isoOf = (field: string): string => `${field.replace(' ', 'T')}Z`;
