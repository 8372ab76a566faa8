import type { Kind } from '../kind';
import { CLEAN } from './clean';
import { IDENTITY } from './identity';
import { IMPORTS } from './imports';
import { LIFE } from './life';
import { MACHINE } from './machine';
import { PAGES } from './pages';
import { SCHEMA } from './schema';
import { STANDING } from './standing';
import { STRANGER } from './stranger';

export const FAULTS: readonly Kind[] = [
  ...PAGES,
  ...IDENTITY,
  ...LIFE,
  ...SCHEMA,
  ...STANDING,
  ...STRANGER,
  ...MACHINE,
  ...IMPORTS,
];
export { CLEAN };
