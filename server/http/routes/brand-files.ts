import type { RequestHandler } from 'express';
import { brandSheet } from '../../domain/brand';
import { loadSettings } from '../../services/setting-service';
import type { WebDeps } from '../web';

/** Addresses carry what they show, so what they show never changes. */
const KEPT = 'public, max-age=31536000, immutable';

/** The office's colour as a sheet and its logo; before sign-in too. */
export const brandFiles =
  (deps: Pick<WebDeps, 'transact' | 'brand'>): RequestHandler =>
  async (request, response, next) => {
    if (request.path === '/merek/warna.css') {
      const { brandColor } = await loadSettings(deps.transact.read);
      response.set('Cache-Control', KEPT).type('text/css');
      response.send(brandColor === null ? '' : brandSheet(brandColor));
      return;
    }
    const logo = request.path === '/merek/logo' ? await deps.brand.logo() : null;
    if (logo === null) {
      next();
      return;
    }
    response.set({ 'Cache-Control': KEPT, 'X-Content-Type-Options': 'nosniff' }).type(logo.type).send(logo.content);
  };
