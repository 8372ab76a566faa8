/** What every letter of this installation looks like. */
export interface Letterhead {
  readonly office: string;
  readonly kabupaten: string;
  /** `#rrggbb` */
  readonly color: string;
  readonly withLogo: boolean;
}
const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${String(sign.codePointAt(0))};`);

/** Plain text and HTML of a letter of some paragraphs; mail programs know neither style sheets nor scripts. */
export const letterOf = (
  head: Letterhead,
  title: string,
  paragraphs: readonly string[],
): { readonly text: string; readonly html: string } => {
  const names = [head.office, head.kabupaten].filter((one) => one !== '');
  const logo = head.withLogo ? '<img src="cid:logo" alt="" height="48" style="height:48px;margin:0 0 12px"><br>' : '';
  const lines = paragraphs.map((one) => `<p style="margin:0 0 14px">${escaped(one)}</p>`).join('');
  return {
    text: `${title}\n\n${paragraphs.join('\n\n')}\n\n-- \n${names.join('\n')}\n`,
    html: [
      '<!doctype html><html><body style="margin:0;padding:24px;background:#f5f6f8;color:#12161c;font:15px/22px system-ui,sans-serif">',
      `<div style="max-width:560px;margin:0 auto;padding:24px;background:#fff;border:1px solid #dde1e7;border-top:4px solid ${head.color};border-radius:10px">`,
      `${logo}<h1 style="margin:0 0 14px;font-size:20px;line-height:26px">${escaped(title)}</h1>${lines}`,
      `<p style="margin:18px 0 0;color:#5a6472;font-size:13px">${names.map(escaped).join('<br>')}</p></div></body></html>`,
    ].join(''),
  };
};
