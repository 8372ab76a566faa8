import type { Knex } from 'knex';
import type { Reason } from '../domain/deployment';
import type { StepOutput, StepRow, StepState } from '../domain/step';
import { stepFromRow } from './deployment-rows';
import { dateOrNull, number, text, toJson, type Row } from './rows';

/** The steps of deployments, and what they said while they ran. */
export class StepStore {
  private readonly db: Knex;
  constructor(db: Knex) {
    this.db = db;
  }

  async list(id: string): Promise<readonly StepRow[]> {
    const rows = (await this.db('deployment_steps').where({ deployment_id: id }).orderBy('position')) as Row[];
    return rows.map(stepFromRow);
  }

  async set(
    id: string,
    position: number,
    change: {
      readonly state: StepState;
      readonly output?: StepOutput | null;
      readonly reason?: Reason | null;
      readonly attempt?: number;
      readonly started?: Date;
      readonly ended?: Date;
    },
  ): Promise<void> {
    await this.db('deployment_steps')
      .where({ deployment_id: id, position })
      .update({
        state: change.state,
        ...(change.output === undefined ? {} : { output: toJson(change.output) }),
        ...(change.reason === undefined
          ? {}
          : { reason_code: change.reason?.code ?? null, reason: toJson(change.reason?.params) }),
        ...(change.attempt === undefined ? {} : { attempt: change.attempt }),
        ...(change.started === undefined ? {} : { started_at: change.started }),
        ...(change.ended === undefined ? {} : { ended_at: change.ended }),
      });
  }

  /** Every step of an undo has all its tries, whatever its way there cost. */
  async resetAttempts(id: string): Promise<void> {
    await this.db('deployment_steps').where({ deployment_id: id }).update({ attempt: 0 });
  }

  async log(
    id: string,
    position: number,
    lines: readonly { readonly at: Date; readonly line: string }[],
  ): Promise<void> {
    if (lines.length === 0) return;
    await this.db('step_log').insert(
      lines.map(({ at, line }) => ({ deployment_id: id, position, at, line: line.slice(0, 2000) })),
    );
  }

  async logLines(
    id: string,
    limit: number,
  ): Promise<readonly { readonly position: number; readonly at: Date; readonly line: string }[]> {
    const rows = (await this.db('step_log').where({ deployment_id: id }).orderBy('id', 'desc').limit(limit)) as Row[];
    return rows.reverse().map((row) => ({
      position: number(row, 'position'),
      at: dateOrNull(row, 'at') ?? new Date(0),
      line: text(row, 'line'),
    }));
  }
}
