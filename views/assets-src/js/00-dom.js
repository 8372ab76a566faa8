/* global document */
export const $ = (selector, from = document) => from.querySelector(selector);
export const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];
/* A text that is written anew is laid out anew, the same one too. */
export const write = (node, text) => {
  if (node && node.textContent !== text) node.textContent = text;
};
