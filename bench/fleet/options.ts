import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** null = `bench/results`, when the machine is quiet. */
  readonly out: string | null;
  readonly requests: number;
  /** Only cases whose name contains it. */
  readonly only: string;
  /** How many of the 852 change. */
  readonly desa: number;
}
/** `--out FOLDER --requests N --only TEXT --desa N` */
export const readOptions = (): BenchOptions => {
  const { values } = parseArgs({
    options: {
      out: { type: 'string' },
      requests: { type: 'string' },
      only: { type: 'string' },
      desa: { type: 'string' },
    },
  });
  return {
    out: values.out ?? null,
    requests: Number(values.requests ?? 500),
    only: values.only ?? '',
    desa: Number(values.desa ?? 852),
  };
};
