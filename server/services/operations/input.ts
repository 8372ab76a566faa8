import type { z } from 'zod';
import { AppError, type ErrorParams } from '../../domain/errors';

/** One field that was refused; `problem` is the code of its sentence. */
export interface FieldFault {
  readonly field: string;
  readonly problem: string;
  readonly params: ErrorParams;
}
/** Input that does not fit; its first fault is the error's own field and facts. */
export class InputError extends AppError {
  readonly faults: readonly FieldFault[];
  constructor(faults: readonly FieldFault[]) {
    const [first = { field: '', problem: 'field_form', params: {} }] = faults;
    super('invalid_input', { ...first.params, problem: first.problem, key: first.field }, { field: first.field });
    this.faults = faults;
  }
}

type Issue = z.core.$ZodIssue;
const at = (raw: unknown, path: Issue['path']): unknown =>
  path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? new Map(Object.entries(value)).get(String(key)) : undefined,
    raw,
  );
const plain = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));

const factsOf = (issue: Issue, raw: unknown): Omit<FieldFault, 'field'> => {
  if (at(raw, issue.path) === undefined && issue.code !== 'custom') return { problem: 'field_missing', params: {} };
  // A word as message is the code of its own sentence.
  if (/^[a-z_]+$/.test(issue.message)) return { problem: issue.message, params: { kode: plain(at(raw, issue.path)) } };
  switch (issue.code) {
    case 'invalid_type':
      return { problem: 'field_type', params: { expected: issue.expected } };
    case 'invalid_value':
      return { problem: 'field_choice', params: { choices: issue.values.map(plain).join(', ') } };
    case 'too_small':
      return { problem: 'field_small', params: { least: Number(issue.minimum) } };
    case 'too_big':
      return { problem: 'field_big', params: { most: Number(issue.maximum) } };
    default:
      return { problem: 'field_form', params: {} };
  }
};

const faultsOf = (issue: Issue, raw: unknown): readonly FieldFault[] => {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ field: [...path, key].join('.'), problem: 'field_unknown', params: {} }));
  return [{ field: path.join('.'), ...factsOf(issue, raw) }];
};

/** Reads one part of a request; InputError names every field that does not fit. */
export const readInput = <S extends z.ZodType>(schema: S, raw: unknown): z.output<S> => {
  const read = schema.safeParse(raw);
  if (read.success) return read.data;
  throw new InputError(read.error.issues.flatMap((issue) => faultsOf(issue, raw)));
};
