import type { Logger } from '../logger';
import type { CertificateKeeper } from '../services/certificate-keeper';

const FIRST_MS = 5000;
const AGAIN_MS = 30_000;

export interface CertificateRoundsDeps {
  readonly keeper: Pick<CertificateKeeper, 'round'>;
  /** Does the work unless another worker is at it; null then. */
  readonly exclusively: <T>(name: string, work: () => Promise<T>) => Promise<T | null>;
  readonly logger: Logger;
  readonly shutdown: AbortSignal;
}

/** Looks every half minute whether a certificate is missing, old or not served yet; what is due stands in the rows. */
export const keepCertificates = ({ keeper, exclusively, logger, shutdown }: CertificateRoundsDeps): void => {
  let timer: NodeJS.Timeout | undefined;
  const next = (inMs: number): void => {
    if (shutdown.aborted) return;
    timer = setTimeout(() => {
      void exclusively('certificates', () => keeper.round())
        .catch((error: unknown) => {
          if (!shutdown.aborted) logger.error({ err: error }, 'certificates could not be looked after');
        })
        .finally(() => next(AGAIN_MS));
    }, inMs);
    timer.unref();
  };
  shutdown.addEventListener('abort', () => clearTimeout(timer), { once: true });
  next(FIRST_MS);
};
