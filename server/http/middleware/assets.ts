import { createReadStream, existsSync } from 'node:fs';
import path from 'node:path';
import type { RequestHandler } from 'express';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};
const ENCODINGS = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;

/** Files of the build: names carry their hash, so they never change; the compressed twin is sent as it lies there. */
export const assets =
  (folder: string): RequestHandler =>
  (request, response, next) => {
    const name = path.basename(request.path);
    const type = TYPES[path.extname(name)];
    const file = path.join(folder, name);
    if (type === undefined || !existsSync(file)) {
      next();
      return;
    }
    const accepted = request.headers['accept-encoding'] ?? '';
    const chosen = ENCODINGS.find(
      ([encoding, suffix]) => accepted.includes(encoding) && existsSync(`${file}${suffix}`),
    );
    response.set({
      'Content-Type': type,
      'Cache-Control': 'public, max-age=31536000, immutable',
      Vary: 'Accept-Encoding',
    });
    if (chosen !== undefined) response.set('Content-Encoding', chosen[0]);
    createReadStream(chosen === undefined ? file : `${file}${chosen[1]}`).pipe(response);
  };
