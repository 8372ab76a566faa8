import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';

/** What axe-core finds on the page, one line a node. The page must have been opened with `bypassCSP`. */
export const axeFindings = async (page: Page): Promise<readonly string[]> => {
  await page.evaluate(readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'));
  return page.evaluate<string[]>(
    `axe.run(document, { resultTypes: ['violations'] }).then((found) => found.violations.flatMap((one) => one.nodes.slice(0, 3).map((node) => one.id + ' ' + node.target.join(' ') + ' ' + node.any.map((check) => check.message).join(' ').slice(0, 160))))`,
  );
};
