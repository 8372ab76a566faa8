/** Names one certificate carries at most. */
export const MOST_NAMES = 100;
/** Certificates of one registered domain that an authority signs within seven days. */
export const WEEKLY = 50;
const WEEK_MS = 7 * 86_400_000;
const MINUTE_MS = 60_000;

/** A host people reach, and the kecamatan whose hosts belong together. */
export interface WantedHost {
  readonly host: string;
  readonly group: string;
}
export interface KnownCertificate {
  readonly id: string;
  readonly names: readonly string[];
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Hosts for which it is kept although a newer one has the other names; null = the newest of its names. */
  readonly keptFor: readonly string[] | null;
}
/** `certificateId` null = a new one; else it takes that one's place. */
export interface PlannedOrder {
  readonly certificateId: string | null;
  readonly names: readonly string[];
  readonly why: 'renewal' | 'new';
}
/** weekly_limit = the week is full or the rest is kept for renewals · pace = others may come and share the certificate. */
export interface Postponed {
  readonly names: readonly string[];
  readonly until: Date;
  readonly why: 'weekly_limit' | 'pace';
}
export interface CertificateWorld {
  readonly now: Date;
  readonly wanted: readonly WantedHost[];
  readonly known: readonly KnownCertificate[];
  /** Hosts that are not asked for before then. */
  readonly refused: ReadonlyMap<string, Date>;
  /** Orders that ended in a certificate, of the last seven days at least. */
  readonly issued: readonly { readonly at: Date; readonly names: readonly string[] }[];
}
export interface CertificatePlan {
  readonly orders: readonly PlannedOrder[];
  readonly later: readonly Postponed[];
  /** Certificates nobody needs any more. */
  readonly dropped: readonly string[];
  /** When there is something to do again; null = never, as far as is known. */
  readonly nextAt: Date | null;
}

/** Endings under which the offices of Indonesia give out names; elsewhere the last label is the ending. */
const ENDINGS = new Set('ac biz co desa go kop mil my net or ponpes sch web'.split(' ').map((label) => `${label}.id`));
/** The domain whose weekly budget a host shares: `kebumenkab.go.id`, `klirong.desa.id`. */
export const registeredDomain = (host: string): string => {
  const labels = host.toLowerCase().split('.');
  return labels.slice(ENDINGS.has(labels.slice(-2).join('.')) ? -3 : -2).join('.');
};

const PRIVATE = new Set(['localhost', 'local', 'test', 'example', 'invalid', 'internal', 'lan', 'home', 'arpa']);
/** False for names no public authority certifies. */
export const isPublicName = (host: string): boolean => host.includes('.') && !PRIVATE.has(host.split('.').at(-1) ?? '');

/** Two thirds of the life: a third is left to mend what goes wrong. */
export const renewalTime = ({ notBefore, notAfter }: Pick<KnownCertificate, 'notBefore' | 'notAfter'>): Date =>
  new Date(notBefore.getTime() + ((notAfter.getTime() - notBefore.getTime()) * 2) / 3);

interface Bin {
  readonly certificateId: string | null;
  names: readonly string[];
  readonly groups: Set<string>;
  why: 'renewal' | 'new' | null;
}
const roomIn = (bin: Bin): number => MOST_NAMES - bin.names.length;

const chunksOf = (names: readonly string[]): readonly (readonly string[])[] =>
  Array.from({ length: Math.ceil(names.length / MOST_NAMES) }, (_, n) =>
    names.slice(n * MOST_NAMES, (n + 1) * MOST_NAMES),
  );

/** Beside its own kecamatan, else where an order is made anyway, else where it fits most tightly. */
const binFor = (bins: readonly Bin[], group: string, size: number): Bin | undefined => {
  const fitting = bins.filter((bin) => roomIn(bin) >= size).sort((a, b) => roomIn(a) - roomIn(b));
  return (
    fitting.find((bin) => bin.groups.has(group)) ?? fitting.find((bin) => bin.why !== null) ?? fitting.find(() => true)
  );
};

/** Puts hosts without a certificate into bins; a kecamatan stays whole where it fits, the largest ones choose first. */
const fill = (bins: Bin[], fresh: readonly WantedHost[]): void => {
  const groups = new Map<string, string[]>();
  for (const { host, group } of fresh) groups.set(group, [...(groups.get(group) ?? []), host]);
  const parts = [...groups].flatMap(([group, hosts]) => chunksOf(hosts.sort()).map((names) => ({ group, names })));
  for (const { group, names } of parts.sort(
    (a, b) => b.names.length - a.names.length || (a.group < b.group ? -1 : 1),
  )) {
    const bin = binFor(bins, group, names.length);
    if (bin === undefined) bins.push({ certificateId: null, names, groups: new Set([group]), why: 'new' });
    else {
      bin.names = [...bin.names, ...names];
      bin.groups.add(group);
      bin.why ??= 'new';
    }
  }
};

const binsOf = (world: CertificateWorld): Bin[] => {
  const wanted = new Map(world.wanted.map((one) => [one.host, one] as const));
  const placed = new Set<string>();
  const asked = (host: string): boolean => (world.refused.get(host)?.getTime() ?? 0) <= world.now.getTime();
  const bins = world.known.flatMap((one): Bin[] => {
    if (one.keptFor !== null) return [];
    const mine = one.names.filter((host) => wanted.has(host) && !placed.has(host));
    for (const host of mine) placed.add(host);
    const due = renewalTime(one) <= world.now;
    const names = mine.filter(asked);
    const groups = new Set(mine.map((host) => wanted.get(host)?.group ?? ''));
    return mine.length === 0 ? [] : [{ certificateId: one.id, names, groups, why: due ? 'renewal' : null }];
  });
  fill(
    bins,
    world.wanted.filter(({ host }) => !placed.has(host) && asked(host)),
  );
  return bins;
};

/** The more of the week is used up, the longer new hosts wait for each other. */
const paceMs = (used: number): number => (used < 20 ? 15 : used < 35 ? 60 : 360) * MINUTE_MS;

/** What one registered domain may still have. */
const budgetOf = (world: CertificateWorld, domain: string) => {
  const since = world.now.getTime() - WEEK_MS;
  const times = world.issued
    .filter(({ at, names }) => at.getTime() > since && names.some((host) => registeredDomain(host) === domain))
    .map(({ at }) => at.getTime())
    .sort((a, b) => a - b);
  const soon = world.known.filter(
    (one) =>
      one.keptFor === null &&
      renewalTime(one).getTime() > world.now.getTime() &&
      renewalTime(one).getTime() <= world.now.getTime() + WEEK_MS &&
      one.names.some((host) => registeredDomain(host) === domain),
  ).length;
  return { times, reserve: soon, taken: 0 };
};
type Budget = ReturnType<typeof budgetOf>;

/** null = it may be ordered now. */
const obstacle = (budget: Budget, why: PlannedOrder['why'], now: number): Omit<Postponed, 'names'> | null => {
  const most = WEEKLY - (why === 'new' ? budget.reserve : 0);
  const used = budget.times.length + budget.taken;
  if (used >= most) {
    const free = budget.times[Math.max(0, used - most)];
    return { until: new Date((free ?? now) + WEEK_MS), why: 'weekly_limit' };
  }
  const last = budget.times.at(-1);
  const until = (last ?? 0) + paceMs(budget.times.length);
  return why === 'new' && until > now ? { until: new Date(until), why: 'pace' } : null;
};

const schedule = (world: CertificateWorld, planned: readonly PlannedOrder[]) => {
  const budgets = new Map<string, Budget>();
  const budget = (domain: string): Budget => {
    const known = budgets.get(domain) ?? budgetOf(world, domain);
    budgets.set(domain, known);
    return known;
  };
  const [orders, later]: [PlannedOrder[], Postponed[]] = [[], []];
  for (const order of planned) {
    const domains = [...new Set(order.names.map(registeredDomain))].map(budget);
    const [worst] = domains
      .flatMap((one) => obstacle(one, order.why, world.now.getTime()) ?? [])
      .sort((a, b) => b.until.getTime() - a.until.getTime());
    if (worst === undefined) {
      for (const one of domains) one.taken += 1;
      orders.push(order);
    } else later.push({ names: order.names, ...worst });
  }
  return { orders, later };
};

/** One that is kept for some hosts leaves when a newer one has them; any one leaves when it has ended or nobody wants its names. */
const droppedOf = ({ known, wanted, now }: CertificateWorld): readonly string[] => {
  const hosts = new Set(wanted.map((one) => one.host));
  const current = new Set(known.filter((one) => one.keptFor === null).flatMap((one) => one.names));
  return known
    .filter(({ notAfter, keptFor, names }) =>
      keptFor === null
        ? !names.some((host) => hosts.has(host))
        : notAfter <= now || !keptFor.some((host) => hosts.has(host) && !current.has(host)),
    )
    .map((one) => one.id);
};

const nextOf = (world: CertificateWorld, later: readonly Postponed[], dropped: readonly string[]): Date | null => {
  const times = [
    ...world.known.filter((one) => one.keptFor === null && !dropped.includes(one.id)).map(renewalTime),
    ...later.map((one) => one.until),
    ...world.wanted.flatMap(({ host }) => world.refused.get(host) ?? []),
  ].filter((time) => time > world.now);
  return times.sort((a, b) => a.getTime() - b.getTime())[0] ?? null;
};

/**
 * Which certificates to order now, which later, which are not needed any more. Renewals come first, the one that ends first
 * before all; new hosts join certificates there are while these have room.
 */
export const planCertificates = (world: CertificateWorld): CertificatePlan => {
  const ends = new Map(world.known.map((one) => [one.id, one.notAfter.getTime()] as const));
  const planned = binsOf(world)
    .flatMap(({ certificateId, names, why }): PlannedOrder[] =>
      why === null || names.length === 0 ? [] : [{ certificateId, names, why }],
    )
    .sort(
      (a, b) =>
        Number(a.why === 'new') - Number(b.why === 'new') ||
        (ends.get(a.certificateId ?? '') ?? Infinity) - (ends.get(b.certificateId ?? '') ?? Infinity) ||
        0,
    );
  const { orders, later } = schedule(world, planned);
  const dropped = droppedOf(world);
  return { orders, later, dropped, nextAt: nextOf(world, later, dropped) };
};

const HOUR_MS = 3_600_000;
const REFUSED_MS = [HOUR_MS, 6 * HOUR_MS, 24 * HOUR_MS] as const;
/** When a refused host is asked for again; `failures` counts this one. Authorities allow five failures an hour. */
export const refusedUntil = (failures: number, now: Date): Date =>
  new Date(now.getTime() + (REFUSED_MS[Math.min(failures, REFUSED_MS.length) - 1] ?? HOUR_MS));
const WAIT_MS = [1, 5, 15, 60].map((minutes) => minutes * MINUTE_MS);
/** When an authority that did not answer is asked again; `told` = when it said. */
export const waitUntil = (failures: number, told: Date | null, now: Date): Date =>
  told !== null && told > now
    ? told
    : new Date(now.getTime() + (WAIT_MS[Math.min(failures, WAIT_MS.length) - 1] ?? MINUTE_MS));
