/**
 * Tells vendor-encoded PHP from readable PHP by how the file looks. Nothing is decoded or run: an encoded release needs the
 * customer's own entitlement, so it is enough to know that it is one.
 */

import type { ContentVisitor } from '../lib/release-tree';

export type Encoding = 'ioncube' | 'sourceguardian' | 'zend_guard' | 'halt_compiler_blob' | 'eval_blob';

const HEAD_BYTES = 4096;
/** A blob shorter than this is a picture or a key, not a program. */
const BLOB_CHARS = 400;
const EVAL_CALL = /(?<![\w>:$\\'"])(?:eval|assert|create_function)\s*\(/i;
const DECODERS =
  'base64_decode|gzinflate|gzuncompress|gzdecode|zlib_decode|str_rot13|hex2bin|convert_uudecode|openssl_decrypt|strrev|pack|bzdecompress';
const DECODER_NAME = new RegExp(`\\b(?:${DECODERS})\\b`, 'i');
const EVAL_OF_DECODER = new RegExp(`(?:eval|assert)\\s*\\(\\s*['"?>.\\s]*@?(?:${DECODERS})\\s*\\(`, 'i');
const BLOB = new RegExp(
  `(?:[A-Za-z0-9+/=_-]{${BLOB_CHARS},}|(?:\\\\x[0-9a-f]{2}|\\\\[0-7]{2,3}){${BLOB_CHARS / 4},})`,
  'gi',
);
const HALT = /(?<!['"\w>:])__halt_compiler\s*\(\s*\)\s*(?:;|\?>)/i;

/** Of what is not white space: stubs hide their code behind hundreds of blank lines and columns. */
const blobShare = (text: string): number => {
  let inBlobs = 0;
  for (const match of text.matchAll(BLOB)) inBlobs += match[0].length;
  return inBlobs === 0 ? 0 : inBlobs / text.replace(/\s+/g, '').length;
};

const unprintableShare = (text: string): number => {
  if (text.length === 0) return 0;
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 9 || (code > 13 && code < 32) || code > 126) count++;
  }
  return count / text.length;
};

function isHaltBlob(text: string): boolean {
  const found = HALT.exec(text);
  if (found === null) return false;
  const rest = text.slice(found.index + found[0].length).trim();
  return rest.length >= BLOB_CHARS && (unprintableShare(rest) > 0.1 || blobShare(rest) > 0.5);
}

function isEvalBlob(text: string): boolean {
  const hasEval = EVAL_CALL.test(text);
  if (!hasEval && !DECODER_NAME.test(text)) return false;
  const share = blobShare(text);
  if (EVAL_OF_DECODER.test(text)) return share > 0.2;
  return share > (hasEval ? 0.6 : 0.85);
}

/** How one PHP file is encoded; null = readable. `content` is the file, or its beginning and end when it is huge. */
export function encodingOf(content: Buffer): Encoding | null {
  const text = content.toString('latin1');
  const head = text.slice(0, HEAD_BYTES);
  if (/^<\?php\s*\/\/\s*[0-9a-f]{4,8}\b/i.test(head) && /ioncube/i.test(head)) return 'ioncube';
  if (/\b_il_exec\s*\(/.test(head) || /extension_loaded\s*\(\s*['"]ioncube loader['"]\s*\)/i.test(head)) {
    if (blobShare(text) > 0.2 || unprintableShare(text) > 0.1 || /__FILE__[\s\S]*\bioncube\b/i.test(head))
      return 'ioncube';
  }
  if (/\bsg_load\s*\(\s*['"]/.test(head)) return 'sourceguardian';
  if (/^<\?php\s+@Zend;/.test(head)) return 'zend_guard';
  if (isHaltBlob(text)) return 'halt_compiler_blob';
  return isEvalBlob(text) ? 'eval_blob' : null;
}

/** `files` sorted; `ownFiles` = PHP files outside vendor/, encoded or not. */
export interface EncodedFacts {
  readonly files: readonly { readonly path: string; readonly encoding: Encoding }[];
  readonly ownFiles: number;
}

/** Looks at every PHP file while the tree is hashed. */
export function createEncodedFinder(): { readonly visit: ContentVisitor; readonly facts: () => EncodedFacts } {
  const files: { readonly path: string; readonly encoding: Encoding }[] = [];
  let ownFiles = 0;
  return {
    visit: (path, content) => {
      if (!/\.(php|phtml|inc)$/i.test(path)) return;
      if (!path.startsWith('vendor/')) ownFiles++;
      const encoding = encodingOf(content);
      if (encoding !== null) files.push({ path, encoding });
    },
    facts: () => ({ files: files.toSorted((a, b) => (a.path < b.path ? -1 : 1)), ownFiles }),
  };
}
