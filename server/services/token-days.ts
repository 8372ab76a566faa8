/** Calendar days as `YYYY-MM-DD`. */
const DAY_MS = 86_400_000;
const utcDay = (day: string): Date => new Date(`${day}T00:00:00Z`);
const text = (date: Date): string => date.toISOString().slice(0, 10);

/** What the calendar in `timezone` (IANA) shows at that moment. */
export const dayIn = (timezone: string, at: Date): string =>
  new Intl.DateTimeFormat('en-CA', { timeZone: timezone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(
    at,
  );

/** Same day `months` later, or the last day of that month. */
export const addMonths = (day: string, months: number): string => {
  const start = utcDay(day);
  const first = new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + months, 1));
  const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  first.setUTCDate(Math.min(start.getUTCDate(), last));
  return text(first);
};

export const dayAfter = (day: string): string => text(new Date(utcDay(day).getTime() + DAY_MS));

/** Whole days from now until the end of that day, in UTC; negative when it is over. */
export const daysUntil = (day: string, now: Date): number =>
  Math.floor((utcDay(day).getTime() + DAY_MS - now.getTime()) / DAY_MS);
