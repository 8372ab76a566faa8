import { z } from 'zod';
import { AppError } from '../../domain/errors';
import { csvOf, type Column } from './csv';
import { nothing } from './fields';
import {
  readParts,
  splitParts,
  type Answer,
  type Doors,
  type Empty,
  type Fields,
  type Given,
  type Operation,
  type OperationContext,
  type Parts,
  type RawInput,
  type Shape,
} from './operation';

interface PageInput {
  readonly limit?: number;
  readonly cursor?: string;
}
export interface ListOperation<I, T> extends Operation {
  readonly table: readonly Column<T>[];
  /** One page, its first `limit` items. */
  readonly call: (context: OperationContext, input: I & PageInput) => Promise<readonly T[]>;
  /** Every page. */
  readonly all: (context: OperationContext, input: I) => Promise<readonly T[]>;
}
interface ListDefinition<T extends z.ZodType, P extends Shape, Q extends Shape>
  extends Doors, Omit<Parts<P, Q, Shape>, 'body'> {
  readonly item: T;
  /** Its place in the list; unique. Text that sorts as the list does. */
  readonly key: (item: z.input<T>) => string;
  readonly order: 'asc' | 'desc';
  readonly columns?: readonly Column<z.output<T>>[];
  /** At least the first `limit` items behind `after`, if there are so many; more do not hurt. */
  readonly rows: (
    context: OperationContext,
    input: Fields<P> & Fields<Q>,
    page: { readonly limit: number; readonly after: string | null },
  ) => Promise<readonly z.input<T>[]>;
}

const PAGE = 100;
const MOST = 1000;
const pageFields = {
  limit: z.coerce.number().int().min(1).max(MOST).default(PAGE),
  cursor: z.string().min(1).max(200).optional(),
};
const formatField = { format: z.enum(['json', 'csv']).default('json') };

const cursorOf = (key: string): string => Buffer.from(key, 'utf8').toString('base64url');
const keyOf = (cursor: string | undefined): string | null => {
  if (cursor === undefined) return null;
  const key = Buffer.from(cursor, 'base64url').toString('utf8');
  if (cursorOf(key) !== cursor) throw new AppError('invalid_input', { problem: 'cursor' }, { field: 'cursor' });
  return key;
};

type Page<T> = (context: OperationContext, raw: RawInput) => Promise<Answer<readonly T[]>>;
const pager = <T extends z.ZodType, P extends Shape, Q extends Shape>(
  { item, key, order, rows, ...doors }: ListDefinition<T, P, Q>,
  shapes: Required<Parts<Shape, Shape, Shape>>,
): Page<z.output<T>> => {
  const sign = order === 'asc' ? 1 : -1;
  const compare = (left: string, right: string): number => (left === right ? 0 : left < right ? -sign : sign);
  return async (context, raw) => {
    const {
      limit = PAGE,
      cursor,
      ...input
    } = readParts(doors, shapes, context.actor, raw) as PageInput & Fields<P> & Fields<Q>;
    const after = keyOf(cursor);
    const behind = [...(await rows(context, input as Fields<P> & Fields<Q>, { limit: limit + 1, after }))]
      .filter((one) => after === null || compare(key(one), after) > 0)
      .sort((left, right) => compare(key(left), key(right)));
    const last = behind[limit - 1];
    const next = behind.length > limit && last !== undefined ? cursorOf(key(last)) : null;
    return { document: behind.slice(0, limit).map((one) => item.parse(one)), next };
  };
};

/** A list in pages: by key, so that what is added meanwhile neither repeats nor hides anything. */
export const listOperation = <T extends z.ZodType, P extends Shape = Empty, Q extends Shape = Empty>(
  definition: ListDefinition<T, P, Q>,
): ListOperation<Given<P> & Given<Q> & object, z.output<T>> => {
  const { params = nothing, query: own = nothing, item, columns = [], ...doors } = definition;
  const query = own.extend({ ...pageFields, ...(columns.length > 0 ? formatField : {}) });
  const shapes = { params, query, body: nothing };
  const page = pager(definition, shapes);
  const answer = z.array(item);
  return {
    ...doors,
    ...shapes,
    answer,
    table: columns,
    kind: 'list',
    columns: columns.map(({ name }) => name),
    handle: page,
    csv: (document) => csvOf(columns, answer.parse(document)),
    call: async (context, input) => (await page(context, splitParts(doors, shapes, input))).document,
    async all(context, input) {
      const items: z.output<T>[] = [];
      let cursor: string | null = null;
      do {
        const place: PageInput = { limit: MOST, ...(cursor === null ? {} : { cursor }) };
        const one: Answer<readonly z.output<T>[]> = await page(
          context,
          splitParts(doors, shapes, { ...input, ...place }),
        );
        items.push(...one.document);
        cursor = one.next;
      } while (cursor !== null);
      return items;
    },
  };
};
