import { LABEL, type FileSpec, type InstanceContext, type Task, type TaskVerdict } from '../../provisioners/contracts';
import { configVolume, serviceNetwork, taskContainer } from '../domain/names';
import type { Release } from '../domain/release';
import type { StepContext } from '../rollouts/handler';
import { StepError } from '../rollouts/step-error';
import { fillConfig, workloadOf } from './parts';
import type { Subject } from './subject';
import type { World } from './world';

/** Later files replace earlier ones of the same path. */
const merge = (files: readonly FileSpec[], over: readonly FileSpec[]): readonly FileSpec[] => [
  ...new Map([...files, ...over].map((file) => [file.path, file] as const)).values(),
];

export interface TaskRun {
  readonly name: 'provision' | 'migrate' | 'followUp';
  readonly subject: Subject;
  readonly release: Release;
  readonly context: InstanceContext;
  readonly task: Task;
}
/**
 * Runs a one-shot of the release image as the schema owner and judges it by exit code, rows and log lines. Its config
 * volume holds the owner's credentials and goes with it. A leftover of a killed run is removed first.
 */
export const runTask = async (world: World, step: StepContext, run: TaskRun): Promise<TaskVerdict> => {
  const naming = { installation: world.installation.name };
  const name = taskContainer(naming, step.deployment.id, run.name.toLowerCase());
  const volume = configVolume(name);
  const labels = { [LABEL.deployment]: step.deployment.id, [LABEL.release]: run.release.version };
  await world.session.remove(name);
  await world.session.removeVolume(volume);
  try {
    await fillConfig(
      world,
      volume,
      { [LABEL.role]: 'volume', ...labels },
      merge(run.subject.app.files(run.context), run.task.files),
    );
    const spec = await workloadOf(world, run.subject, {
      name,
      image: imageOf(run.release),
      role: 'oneshot',
      network: serviceNetwork(naming),
      labels,
      command: run.task.argv,
    });
    const signal = AbortSignal.any([step.signal, AbortSignal.timeout(run.task.timeoutMs)]);
    const result = await world.session.runOnce(spec, { signal, onLine: (line) => step.log(line.text) });
    return run.subject.app.judge(run.name, result);
  } finally {
    await world.session.removeVolume(volume);
  }
};

export const imageOf = (release: Release): string => {
  if (release.image === null) throw new StepError('release_not_ready', { release: release.version });
  return release.image;
};

/** The verdict's facts, or a failure with the sentence's values. */
export const mustSucceed = (verdict: TaskVerdict, what: string): TaskVerdict['facts'] => {
  if (!verdict.ok) throw new StepError(`${what}_failed`, { ...verdict.facts, cause: verdict.reason });
  return verdict.facts;
};
