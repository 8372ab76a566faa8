const HIDDEN = '[rahasia]';
const SHORTEST = 8;

/** Masks every secret it was told about, the longest first. Add only; a secret once known is never shown again. */
export const makeRedactor = (): {
  readonly remember: (value: string) => void;
  readonly redact: (line: string) => string;
} => {
  const known = new Set<string>();
  let secrets: readonly string[] = [];
  return {
    remember: (value) => {
      if (value.length < SHORTEST || known.has(value)) return;
      known.add(value);
      secrets = [...known].sort((left, right) => right.length - left.length);
    },
    redact: (line) => {
      let text = line;
      for (const secret of secrets) if (text.includes(secret)) text = text.replaceAll(secret, HIDDEN);
      return text;
    },
  };
};
