/** What the kernel of the machine allows; null = could not be read. */
export interface HostLimits {
  readonly neighbours: number | null;
  readonly inotifyInstances: number | null;
  readonly inotifyWatches: number | null;
  readonly processIds: number | null;
}
type HostLimitCode = 'neighbours' | 'inotify_instances' | 'inotify_watches' | 'process_ids';
export interface LimitVerdict {
  readonly code: HostLimitCode;
  readonly ok: boolean;
  readonly found: number | null;
  readonly need: number;
}

/**
 * What so many containers need. Every village knows two neighbours, and the machine, the proxy and the database each know every village,
 * all in one table; the engine watches each container's memory; a container is about 25 processes and threads with what the engine adds.
 */
export const judgeLimits = (limits: HostLimits, containers: number): readonly LimitVerdict[] => {
  const verdict = (code: HostLimitCode, found: number | null, need: number): LimitVerdict => ({
    code,
    ok: found !== null && found >= need,
    found,
    need,
  });
  return [
    verdict('neighbours', limits.neighbours, Math.max(1024, 512 + 5 * containers)),
    verdict('inotify_instances', limits.inotifyInstances, 128 + containers),
    verdict('inotify_watches', limits.inotifyWatches, 8192 + 2 * containers),
    verdict('process_ids', limits.processIds, Math.max(32_768, 4096 + 25 * containers)),
  ];
};

/** A bridge has 1,023 ports; a rollout needs some of them twice. */
export const NETWORK_CONTAINERS = 900;
/** Free subnets below which new kecamatan will soon find none. */
export const SUBNETS_LEFT = 16;
