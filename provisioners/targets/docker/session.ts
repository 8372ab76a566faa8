import type { TargetSession } from '../../contracts';
import { removeEverything } from './cleanup';
import { engineFacts, type Engine } from './engine';
import { execIn } from './exec';
import { exportFolder, fillVolume, importFolder, putFiles, readFile } from './files';
import { buildImage, findImage, importImage, listImages, removeImage, tagImage } from './images';
import { ensureNetwork, removeNetwork } from './networks';
import { runOnce } from './one-shot';
import { ensureVolume, removeVolume } from './volumes';
import { usage } from './usage';
import { events, logs, stats } from './watch';
import { connectNetwork, containerOf, ensureWorkload, find, inspect, remove, start, stop } from './workloads';

/** The contract, method by method, on one engine. */
export const sessionOn = (engine: Engine): TargetSession => ({
  installation: engine.installation,
  facts: () => engineFacts(engine),
  ensureNetwork: (spec) => ensureNetwork(engine, spec),
  connectNetwork: (workload, attachment) => connectNetwork(engine, workload, attachment),
  removeNetwork: (name) => removeNetwork(engine, name),
  ensureVolume: (spec) => ensureVolume(engine, spec),
  removeVolume: (name) => removeVolume(engine, name),
  fillVolume: (spec, files) => fillVolume(engine, spec, files),
  putFiles: (mounts, files) => putFiles(engine, mounts, files),
  readFile: (mounts, path) => readFile(engine, mounts, path),
  exportFolder: (mounts, path) => exportFolder(engine, mounts, path),
  importFolder: (mounts, path, tar) => importFolder(engine, mounts, path, tar),
  findImage: (match) => findImage(engine, match),
  listImages: (labels) => listImages(engine, labels),
  importImage: (tag, tar, labels, config) => importImage(engine, tag, tar, labels, config),
  buildImage: (build, onLine, signal) => buildImage(engine, build, onLine, signal),
  tagImage: (id, tag) => tagImage(engine, id, tag),
  removeImage: (tag) => removeImage(engine, tag),
  ensureWorkload: (spec) => ensureWorkload(engine, spec),
  inspect: (name) => inspect(engine, name),
  find: (labels) => find(engine, labels),
  runOnce: (spec, options) => runOnce(engine, spec, options),
  exec: async (name, argv, options = {}) => execIn(engine, await containerOf(engine, name), argv, options),
  logs: (name, options) => logs(engine, name, options),
  stats: (name) => stats(engine, name),
  usage: (labels) => usage(engine, labels),
  start: (name) => start(engine, name),
  stop: (name, timeoutSeconds) => stop(engine, name, timeoutSeconds),
  remove: (name) => remove(engine, name),
  events: (signal) => events(engine, signal),
  removeEverything: (tagPrefix) => removeEverything(engine, tagPrefix),
  close: async () => undefined,
});
