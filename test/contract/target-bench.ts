import { randomBytes } from 'node:crypto';
import { LABEL, ProvisionError, type Mount, type TargetSession, type WorkloadSpec } from '../../provisioners/contracts';

/** What a target must offer to be tried: two sessions of two installations on one engine, and an image with a shell. */
export interface TargetUnderTest {
  readonly session: TargetSession;
  readonly stranger: TargetSession;
  /** Tag or id of an image with sh, cat, sleep, echo, stat. */
  readonly image: string;
  /** Removes whatever the tests left. */
  cleanUp(): Promise<void>;
}
export const role = { [LABEL.role]: 'test' };
export const never = new AbortController().signal;

/** The code of the ProvisionError an act ends with. */
export const code = (act: Promise<unknown>): Promise<unknown> =>
  act.then(
    () => 'no error',
    (error: unknown) => (error instanceof ProvisionError ? error.code : error),
  );
export const textOf = async (stream: NodeJS.ReadableStream): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
};

/** One target under test with names of its own. */
export class TargetBench {
  readonly unique = `t-target-${randomBytes(4).toString('hex')}`;
  private opened: TargetUnderTest | null = null;

  get under(): TargetUnderTest {
    if (this.opened === null) throw new Error('The target is not open');
    return this.opened;
  }
  get session(): TargetSession {
    return this.under.session;
  }
  async open(make: () => Promise<TargetUnderTest>): Promise<void> {
    this.opened = await make();
  }
  async close(): Promise<void> {
    await this.opened?.cleanUp();
  }
  named(part: string): string {
    return `${this.unique}-${part}`;
  }
  spec(part: string, changes: Partial<WorkloadSpec> = {}): WorkloadSpec {
    return {
      name: this.named(part),
      image: this.under.image,
      labels: { ...role, [LABEL.kode]: part },
      command: ['sleep', '300'],
      env: {},
      mounts: [],
      networks: [],
      readOnlyRoot: true,
      capabilities: [],
      restart: 'no',
      stopTimeoutSeconds: 1,
      ...changes,
    };
  }
  async volume(part: string): Promise<Mount> {
    await this.session.ensureVolume({ name: this.named(part), labels: role });
    return { type: 'volume', source: this.named(part), target: '/data', readOnly: false };
  }
}
