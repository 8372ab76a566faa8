import type { TargetSession } from '../../contracts';
import type { Engine } from './engine';
import { engineFacts } from './engine';
import * as images from './images';

export const partial = (engine: Engine) =>
  ({
    installation: engine.installation,
    facts: () => engineFacts(engine),
    findImage: (match) => images.findImage(engine, match),
    listImages: (labels) => images.listImages(engine, labels),
    importImage: (tag, tar, labels, config) => images.importImage(engine, tag, tar, labels, config),
    buildImage: (build, onLine, signal) => images.buildImage(engine, build, onLine, signal),
    tagImage: (id, tag) => images.tagImage(engine, id, tag),
    removeImage: (tag) => images.removeImage(engine, tag),
  }) satisfies Partial<TargetSession>;
