/** Pure geometry for SVG that may not use `style=`: stacked bars, heartbeats, probe strips. */
import type { BarPart, Beat } from './view-models/common';

export interface Segment {
  readonly s: string;
  readonly x: number;
  readonly width: number;
}
const round = (value: number): number => Math.round(value * 100) / 100;

/** Segments of a stacked bar 100 units wide; parts that are there at all keep at least 0.8 units. Empty parts vanish. */
export const segmentsOf = (parts: readonly BarPart[], total?: number): readonly Segment[] => {
  const whole = total ?? parts.reduce((sum, part) => sum + part.n, 0);
  if (whole <= 0) return [];
  const shown = parts.filter((part) => part.n > 0);
  const raw = shown.map((part) => Math.max(0.8, (part.n / whole) * 100));
  const scale = Math.min(
    1,
    100 /
      Math.max(
        1,
        raw.reduce((sum, width) => sum + width, 0),
      ),
  );
  let x = 0;
  return shown.map((part, index) => {
    const width = (raw[index] ?? 0) * scale;
    const segment = { s: part.s, x: round(x), width: round(width) };
    x += width;
    return segment;
  });
};

export interface BeatBar {
  readonly s: Beat['s'];
  readonly x: number;
  readonly y: number;
  readonly height: number;
}
const HEIGHT = 22;

/** Bars of a heartbeat strip, 4 units apart and 3 wide, 22 high. A shared bar gets a cap with the share of the trouble. */
export const beatBars = (beats: readonly Beat[]): readonly BeatBar[] =>
  beats.flatMap((beat, index) => {
    const x = index * 4;
    if (beat.share !== undefined && beat.share < 1) {
      const cap = Math.max(2, round(HEIGHT * beat.share));
      return [
        { s: 'ok' as const, x, y: 0, height: HEIGHT },
        { s: beat.s, x, y: 0, height: cap },
      ];
    }
    if (beat.s === 'unk') return [{ s: beat.s, x, y: HEIGHT / 4, height: HEIGHT / 2 }];
    if (beat.s === 'ok' || beat.s === 'none') return [{ s: beat.s, x, y: 2, height: HEIGHT - 4 }];
    return [{ s: beat.s, x, y: 0, height: HEIGHT }];
  });

/** The bars of one colour as one path, those that may be painted over first: a list draws fifty strips. */
export interface BeatPath {
  readonly s: Beat['s'];
  readonly d: string;
}
const drawn = new WeakMap<readonly Beat[], readonly BeatPath[]>();
export const beatPaths = (beats: readonly Beat[]): readonly BeatPath[] => {
  const known = drawn.get(beats) ?? pathsOf(beats);
  drawn.set(beats, known);
  return known;
};
const pathsOf = (beats: readonly Beat[]): readonly BeatPath[] => {
  const paths = new Map<Beat['s'], string>([['ok', '']]);
  for (const { s, x, y, height } of beatBars(beats)) paths.set(s, `${paths.get(s) ?? ''}M${x} ${y}h3v${height}h-3z`);
  return [...paths].flatMap(([s, d]) => (d === '' ? [] : [{ s, d }]));
};

export interface Tick {
  readonly s: 'ok' | 'down' | 'none';
  readonly x: number;
  readonly y: number;
  readonly height: number;
}
export const PROBE_TICKS = 28;

/** 28 ticks, newest right: + answered, x failed, - held, . none. */
export const probeTicks = (probes: string): readonly Tick[] =>
  Array.from(probes.slice(-PROBE_TICKS).padStart(PROBE_TICKS, '.'), (mark, index) => {
    const x = index * 3;
    if (mark === '+') return { s: 'ok', x, y: 0, height: 10 };
    if (mark === 'x') return { s: 'down', x, y: 0, height: 10 };
    return { s: 'none', x, y: 4, height: 2 };
  });

/** 1–8: how far a member is, for `data-p`. */
export const eighths = (step: number, steps: number): number =>
  steps <= 0 ? 0 : Math.min(8, Math.max(0, Math.round((step / steps) * 8)));

/** "Rina Wulandari" → "RW" */
export const initialsOf = (name: string): string => {
  const words = name.trim().split(/\s+/).filter(Boolean);
  return ((words[0]?.[0] ?? '') + (words.length > 1 ? (words.at(-1)?.[0] ?? '') : '')).toUpperCase();
};
