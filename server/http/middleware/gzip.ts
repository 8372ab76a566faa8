import { gzipSync } from 'node:zlib';
import type { RequestHandler } from 'express';

const LEAST_BYTES = 1024;

/** Compresses the HTML and JSON we send in one piece; pages are small, so nothing is streamed. */
export const gzipPages: RequestHandler = (request, response, next) => {
  const send = response.send.bind(response);
  response.send = (body: unknown) => {
    const plain = typeof body === 'string' && body.length >= LEAST_BYTES ? Buffer.from(body, 'utf8') : null;
    if (plain === null || !/\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) return send(body);
    if (response.get('Content-Type') === undefined) response.type('html');
    response.set('Content-Encoding', 'gzip').vary('Accept-Encoding');
    return send(gzipSync(plain, { level: 6 }));
  };
  next();
};
