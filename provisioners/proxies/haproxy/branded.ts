import { ProvisionError, type ProxyBrand } from '../../contracts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
const PLAIN: ProxyBrand = { line: '', color: '#3a41ae' };

/** A page with `{{identitas}}` and `{{warna}}` filled in; nothing of it is fetched from anywhere. */
export const branded = (page: string, brand: ProxyBrand = PLAIN): string => {
  if (!/^#[0-9a-f]{6}$/.test(brand.color)) throw new ProvisionError('invalid', 'Not a colour', { color: brand.color });
  const line = brand.line === '' ? '' : `<p>${escaped(brand.line)}</p>`;
  return page.replaceAll('{{warna}}', brand.color).replace('{{identitas}}', () => line);
};
