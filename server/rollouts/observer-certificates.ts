import type { SeenCertificate } from '../domain/certificate';
import type { PublicProbe } from '../steps/public-probe';
import type { Transactor } from '../stores';
import type { HostCertificate } from '../stores/certificate-store';

const AGAIN_MS = 60 * 60_000;
const FORGET_MS = 30 * 24 * 60 * 60_000;

/** Writes down the certificates that looks meet anyway: when one is new, and hourly that it is still there. */
export class CertificateWatch {
  readonly probe: PublicProbe;
  private readonly transact: Transactor;
  private readonly known = new Map<string, HostCertificate>();
  private fresh: HostCertificate[] = [];
  constructor(probe: PublicProbe, transact: Transactor) {
    this.transact = transact;
    this.probe = {
      get: async (request) => {
        const answer = await probe.get(request);
        if (answer.certificate !== undefined) this.meet(request.host, answer.certificate);
        return answer;
      },
    };
  }

  private meet(host: string, shown: SeenCertificate): void {
    const before = this.known.get(host);
    const seenAt = new Date();
    const same = before?.notAfter.getTime() === shown.notAfter.getTime() && before.issuedBy === shown.issuedBy;
    if (same && seenAt.getTime() - before.seenAt.getTime() < AGAIN_MS) return;
    const seen = { host, ...shown, seenAt };
    this.known.set(host, seen);
    this.fresh.push(seen);
  }

  async flush(): Promise<void> {
    const seen = this.fresh.splice(0);
    if (seen.length === 0) return;
    // The newest of a host: two apps of one desa may have met it in one round.
    const byHost = new Map(seen.map((one) => [one.host, one] as const));
    await this.transact.read.certificates.record([...byHost.values()]);
    await this.transact.read.certificates.forget(new Date(Date.now() - FORGET_MS));
  }
}
