import type { ProbeAnswer } from '../../server/steps/public-probe';
import type { SampleFault } from '../helpers/pretended-samples';

/** One request to a container of a release with a habit. */
export interface Asked {
  /** As the container sees it. */
  readonly path: string;
  /** Came through the proxy. */
  readonly isPublic: boolean;
  /** How many pages it was asked for, this one counted; 0 for what is ours. */
  readonly page: number;
  /** Seconds since the first page through the proxy; 0 before. */
  readonly publicFor: number;
  /** What a sound release answers. */
  readonly own: ProbeAnswer;
  readonly end: (how: 'exit' | 'oom') => void;
}

/** How a release misbehaves, in both worlds: `php` runs in a real one, `answer` and `sample` in a scripted one. */
export interface Habit {
  readonly sample?: SampleFault;
  /** null = as a sound release. */
  readonly answer?: (asked: Asked) => ProbeAnswer | null;
  /**
   * PHP at the top of every page (and of tasks): `$web` a page, `$path`, `$public` through the proxy, `$publicFor` seconds
   * since the first such page.
   */
  readonly php?: string;
  /** Values of `ulah.php`; see deploy-templates/samples/README.md. */
  readonly ulah?: Readonly<Record<string, string | number | boolean>>;
  /** Sample it is a copy of; 2410 has a migration more. */
  readonly from?: '2409.0.0' | '2410.0.0';
  /** Files of its own, by path in the tree. */
  readonly files?: Readonly<Record<string, string>>;
  /** Text of the tree replaced: path, what, by what. */
  readonly edits?: readonly (readonly [path: string, text: string | RegExp, by: string])[];
  /** opensid: has a structure of its own. */
  readonly structure?: true;
  /** Must be brought in by the product's own import in a scripted world too. */
  readonly imported?: true;
}

export const SOUND: Habit = {};
