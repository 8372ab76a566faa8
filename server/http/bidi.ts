const RTL = '\\p{Script=Arabic}\\p{Script=Hebrew}\\p{Script=Syriac}\\p{Script=Thaana}\\p{Script=Nko}';
const ANY = new RegExp(`[${RTL}]`, 'u');
/** Where those scripts are; a hundred times quicker than asking for the script of each letter. */
const PERHAPS = /[\u0590-\u08ff\ud802\ud803\ud83a\ud83b\ufb1d-\ufdff\ufe70-\ufeff]/;
/** From the first to the last letter of such a script, with what joins words of one name between them. */
const RUN = new RegExp(`[${RTL}](?:[${RTL}\\p{M}\\p{N} '’.-]*[${RTL}\\p{M}])?`, 'gu');
/** Text that is one name and nothing else: its numbers and brackets belong to it. */
const ALONE = new RegExp(`^[^\\p{Script=Latin},.·:;/]*$`, 'u');
/** What is drawn as it is written: no element may stand in it, or it is never shown. */
const PLAIN = new Set(['title', 'textarea', 'option', 'script', 'style', 'bdi']);
const PIECES = /<[^>]*>|[^<]+/g;

/** Whether a letter of such a script is in it. */
export const isRightToLeft = (text: string): boolean => PERHAPS.test(text) && ANY.test(text);

const isolated = (text: string): string => {
  if (!isRightToLeft(text)) return text;
  if (!ALONE.test(text)) return text.replace(RUN, '<bdi>$&</bdi>');
  const inner = text.trim();
  return text.replace(inner, () => `<bdi>${inner}</bdi>`);
};

/**
 * A page whose names of right-to-left scripts stand apart, so that the numbers and words beside them keep their place. Attributes,
 * and elements that give their own direction by `dir`, are left alone.
 */
export const isolateNames = (html: string): string => {
  if (!isRightToLeft(html)) return html;
  let opened = '';
  return html.replace(PIECES, (piece) => {
    if (piece.startsWith('<')) {
      opened = piece;
      return piece;
    }
    const tag = /^<([a-z]+)/.exec(opened)?.[1] ?? '';
    return PLAIN.has(tag) || / dir="/.test(opened) ? piece : isolated(piece);
  });
};
