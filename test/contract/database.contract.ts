import { DatabaseBench, type DatabaseUnderTest } from './database-bench';
import { dumpTests } from './database-dumps.contract';
import { ownerTests } from './database-owner.contract';
import { schemaTests } from './database-schemas.contract';
import { tenantTests } from './database-tenants.contract';

/** What every database server must do, on a real one. */
export const databaseContract = (label: string, start: () => Promise<DatabaseUnderTest>): void => {
  describe(`DatabaseServer contract: ${label}`, () => {
    const bench = new DatabaseBench();
    beforeAll(() => bench.start(start), 60_000);
    afterAll(() => bench.stop());
    schemaTests(bench);
    ownerTests(bench);
    dumpTests(bench);
    tenantTests(bench);
  });
};
