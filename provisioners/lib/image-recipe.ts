import { join } from 'node:path';
import {
  LABEL,
  ProvisionError,
  type ImageConfig,
  type ImageFacts,
  type Labels,
  type ProgressSink,
  type TargetSession,
} from '../contracts';
import type { Mirrors } from './apt-sources';
import { withFileLock } from './lock';

/** What every image maker needs to know about this installation. */
export interface ImageOptions {
  /** First part of every tag: the name of the installation. */
  readonly prefix: string;
  /** The folder deploy-templates/. */
  readonly templatesRoot: string;
  /** Absent = the mirrors of this machine. */
  readonly mirrors?: Mirrors;
  /** Locks of builders of the same image, one file each. Default /run/siappakai. */
  readonly lockDir?: string;
  /** Where a root file system is laid out for a moment (about 300 MB). Default /var/tmp. */
  readonly workDir?: string;
  readonly onLine: ProgressSink;
  readonly signal: AbortSignal;
}

/** An image as a value: two recipes with the same digest make interchangeable images. */
export interface Recipe {
  readonly tag: string;
  readonly digest: string;
  readonly labels: Labels;
  readonly config: ImageConfig;
  readonly make: (labels: Labels) => Promise<ImageFacts>;
}

// Made by another installation: one more image on the same layers, with our own label, so that removing theirs harms nobody.
const adopt = async (
  session: TargetSession,
  recipe: Recipe,
  labels: Labels,
  options: ImageOptions,
): Promise<ImageFacts | null> => {
  const found = await session.findImage({ labels: { [LABEL.spec]: recipe.digest }, anyInstallation: true });
  if (found === null) return null;
  const build = { tag: recipe.tag, from: found.id, labels, put: [], run: [], config: recipe.config };
  return session.buildImage(build, options.onLine, options.signal);
};

const present = async (session: TargetSession, recipe: Recipe): Promise<ImageFacts | null> => {
  const own = await session.findImage({ labels: { [LABEL.spec]: recipe.digest } });
  if (own === null || own.tags.includes(recipe.tag)) return own;
  await session.tagImage(own.id, recipe.tag);
  return { ...own, tags: [...own.tags, recipe.tag] };
};

const build = async (recipe: Recipe, labels: Labels, options: ImageOptions): Promise<ImageFacts> => {
  const started = Date.now();
  options.onLine(`${recipe.tag}: building`);
  const made = await recipe.make(labels);
  options.onLine(`${recipe.tag}: done in ${Math.round((Date.now() - started) / 1000)} s`);
  return made;
};

// Images of ours that lost their name to a newer one and that nothing uses any more.
const discardSuperseded = async (session: TargetSession, labels: Labels): Promise<void> => {
  const role = labels[LABEL.role];
  if (role === undefined || role === 'release') return;
  const nameless = (await session.listImages({ [LABEL.role]: role })).filter((image) => image.tags.length === 0);
  for (const image of nameless) {
    await session.removeImage(image.id).catch((error: unknown) => {
      if (!(error instanceof ProvisionError) || error.code !== 'conflict') throw error;
    });
  }
};

/** The image of a recipe: kept when it is there, adopted when another installation has it, made otherwise; never made twice at once. */
export const ensureImage = async (
  session: TargetSession,
  recipe: Recipe,
  options: ImageOptions,
): Promise<ImageFacts> => {
  const labels = { ...recipe.labels, [LABEL.spec]: recipe.digest };
  const there = await present(session, recipe);
  if (there !== null) return there;
  const lock = join(options.lockDir ?? '/run/siappakai', `image-${recipe.digest.slice(0, 16)}.lock`);
  return withFileLock(lock, options.signal, async () => {
    const ready = (await present(session, recipe)) ?? (await adopt(session, recipe, labels, options));
    const image = ready ?? (await build(recipe, labels, options));
    await discardSuperseded(session, labels);
    return image;
  });
};
