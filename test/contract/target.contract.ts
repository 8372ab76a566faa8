import { imagesContract } from './target-images.contract';
import { storageContract } from './target-storage.contract';
import { TargetBench, type TargetUnderTest } from './target-bench';
import { workloadsContract } from './target-workloads.contract';

export type { TargetUnderTest } from './target-bench';

/** What every target promises, the fake included. */
export const targetContract = (name: string, make: () => Promise<TargetUnderTest>): void => {
  describe(`target ${name}`, () => {
    const bench = new TargetBench();
    beforeAll(() => bench.open(make));
    afterAll(() => bench.close());

    test('facts name the engine', async () => {
      const facts = await bench.session.facts();
      expect(facts.cpus).toBeGreaterThan(0);
      expect(facts.memoryBytes).toBeGreaterThan(0);
      expect(facts.version).not.toBe('');
    });

    storageContract(bench);
    workloadsContract(bench);
    imagesContract(bench);
  });
};
