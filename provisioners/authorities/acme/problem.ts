import { z } from 'zod';
import { ProvisionError, type RefusedName } from '../../contracts';

const problemSchema = z.object({
  type: z.string(),
  detail: z.string().default(''),
  subproblems: z
    .array(
      z.object({
        type: z.string(),
        detail: z.string().default(''),
        identifier: z.object({ value: z.string() }).optional(),
      }),
    )
    .default([]),
});
type Problem = z.output<typeof problemSchema>;

/** `urn:ietf:params:acme:error:dns` → `dns`. */
const wordOf = (type: string): string => type.slice(type.lastIndexOf(':') + 1).slice(0, 64);
const DETAIL_CHARS = 400;

/** null = not a problem document. */
export const readProblem = (value: unknown): Problem | null => problemSchema.safeParse(value).data ?? null;
/** An error of one name, as the authority tells it in a challenge. */
export const refusalOf = (host: string, error: unknown): RefusedName => {
  const problem = readProblem(error);
  return {
    host,
    problem: problem === null ? 'unknown' : wordOf(problem.type),
    detail: (problem?.detail ?? '').slice(0, DETAIL_CHARS),
  };
};

/** The authority said no. */
export class AuthorityProblem extends ProvisionError {
  readonly problem: string;
  /** Names it blames, when it blames names. */
  readonly names: readonly RefusedName[];
  constructor(status: number, { type, detail, subproblems }: Problem, retryAt: string | null) {
    const problem = wordOf(type);
    super('refused', 'The certificate authority refuses', {
      problem,
      detail: detail.slice(0, DETAIL_CHARS),
      status,
      retryAt,
    });
    this.name = 'AuthorityProblem';
    this.problem = problem;
    this.names = subproblems.flatMap((one) =>
      one.identifier === undefined ? [] : [refusalOf(one.identifier.value, one)],
    );
  }
}

/** Seconds or a date → ISO 8601; null when the header says neither. */
export const retryTime = (header: string | undefined, now: Date): string | null => {
  if (header === undefined) return null;
  const time = /^\d{1,9}$/.test(header) ? now.getTime() + Number(header) * 1000 : Date.parse(header);
  return Number.isFinite(time) ? new Date(time).toISOString() : null;
};
