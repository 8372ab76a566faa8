import type { Transactor } from '../stores';
import { deploymentStream } from './member-events';

const LINES_KEPT = 500;
export interface StepLog {
  readonly add: (line: string) => void;
  readonly flush: () => Promise<void>;
}

/** Collects the log lines of a step and keeps them in batches, redacted. Losing them never fails the step. */
export const makeStepLog = (
  transact: Transactor,
  deploymentId: string,
  position: number,
  redact: (line: string) => string,
): StepLog => {
  let lines: { at: Date; line: string }[] = [];
  return {
    add: (line) => void lines.push({ at: new Date(), line: redact(line) }),
    flush: async () => {
      const batch = lines.slice(-LINES_KEPT);
      lines = [];
      if (batch.length === 0) return;
      await transact
        .run(async (stores) => {
          await stores.steps.log(deploymentId, position, batch);
          await stores.events.append([
            {
              stream: deploymentStream(deploymentId),
              type: 'log',
              body: { position, lines: batch.map(({ line }) => line) },
            },
          ]);
        })
        .catch(() => undefined);
    },
  };
};
