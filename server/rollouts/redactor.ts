const HIDDEN = '[rahasia]';
const SHORTEST = 8;

/** Masks every secret it was told about. Add only; a secret once known is never shown again. */
export const makeRedactor = (): {
  readonly remember: (value: string) => void;
  readonly redact: (line: string) => string;
} => {
  const secrets = new Set<string>();
  return {
    remember: (value) => {
      if (value.length >= SHORTEST) secrets.add(value);
    },
    redact: (line) => {
      let text = line;
      for (const secret of secrets) if (text.includes(secret)) text = text.replaceAll(secret, HIDDEN);
      return text;
    },
  };
};
