import { rm } from 'node:fs/promises';
import type { Request, RequestHandler } from 'express';
import multer from 'multer';
import { ulid } from 'ulid';
import { LOGO_BYTES } from '../../services/brand-service';
import { AppError, errnoOf } from '../../domain/errors';

const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);
const MOST_BYTES = 4 * 1024 ** 3;
/** The reader of archives goes by the end of the name. */
const ENDINGS = ['.tar.gz', '.tgz', '.zip'] as const;
const endingOf = (name: string): string | null => ENDINGS.find((one) => name.toLowerCase().endsWith(one)) ?? null;

/** Reads the form of a logo, at most one small picture, into memory. */
export const logoUpload = (): RequestHandler => {
  const limits = { fileSize: LOGO_BYTES + 1, files: 1, fields: 5, fieldSize: 4096 };
  const reader = multer({ storage: multer.memoryStorage(), limits }).single('berkas');
  return (request, response, next) => {
    reader(request, response, (error: unknown) => {
      if (!(error instanceof multer.MulterError)) next(error);
      else next(new AppError('invalid_input', { problem: 'logo_size', most: LOGO_BYTES / 1024 }, { cause: error }));
    });
  };
};

const kept = new WeakSet<Request>();
/** The import has it now: the file stays after the answer. */
export const keepUpload = (request: Request): void => void kept.add(request);
/** Absolute path of the uploaded archive; null when none came. */
export const uploadOf = (request: Request): string | null => request.file?.path ?? null;

/**
 * Reads the form of an import with at most one archive (.zip, .tar.gz, .tgz; 4 GiB) into `folder`. A file that no import
 * takes is removed with the answer, whatever refused it.
 */
export const importUpload = (folder: string): RequestHandler => {
  const reader = multer({
    storage: multer.diskStorage({
      destination: folder,
      filename: (_request, file, done) => done(null, `${ulid()}${endingOf(file.originalname) ?? ''}`),
    }),
    fileFilter: (_request, file, done) => done(null, endingOf(file.originalname) !== null),
    limits: { fileSize: MOST_BYTES, files: 1, fields: 20, fieldSize: 4096 },
  }).single('berkas');
  return (request, response, next) => {
    response.on('close', () => {
      const file = uploadOf(request);
      if (file !== null && !kept.has(request)) void rm(file, { force: true }).catch(() => undefined);
    });
    reader(request, response, (error: unknown) => {
      if (error instanceof multer.MulterError)
        next(new AppError('invalid_input', { reason: error.code }, { field: 'berkas', cause: error }));
      else if (FULL.has(errnoOf(error) ?? '')) next(new AppError('no_space', {}, { field: 'berkas', cause: error }));
      else next(error);
    });
  };
};
