/* Log viewer: follows until one scrolls up or pauses. */
/* global document */
import { $, $$ } from './00-dom.js';
import { tiny } from './35-clock.js';
const log = $('[data-log]');
let held = false;
let unseen = 0;
const more = $('[data-log-new]');
const tellUnseen = () => {
  more.hidden = unseen === 0;
  more.textContent = `${more.dataset.logNew.replace('#', unseen)} ↓`;
};
const toEnd = () => {
  unseen = 0;
  log.scrollTop = log.scrollHeight;
  tellUnseen();
};
more?.addEventListener('click', toEnd);
const atEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 30;
export const addLog = (lines) => {
  if (!log) return;
  $('.sp-log-empty', log)?.remove();
  const follow = !held && atEnd();
  for (const line of lines) {
    const row = document.createElement('li');
    row.dataset.l = line.level;
    const time = document.createElement('time');
    time.textContent = tiny(line.at);
    const text = document.createElement('span');
    text.textContent = line.text;
    if (line.level === 'dim') text.dataset.l = 'dim';
    row.append(time, text);
    log.append(row);
  }
  while (log.children.length > 1000) log.firstChild.remove();
  unseen = follow ? 0 : unseen + lines.length;
  if (follow) log.scrollTop = log.scrollHeight;
  tellUnseen();
};
if (log && $('[data-log-pause]')) log.scrollTop = log.scrollHeight;
$('[data-log-pause]')?.addEventListener('click', (event) => {
  held = !held;
  event.currentTarget.setAttribute('aria-pressed', held);
});
$$('[data-levels] a').forEach((link) =>
  link.addEventListener('click', (event) => {
    event.preventDefault();
    $$('[data-levels] a').forEach((one) => one.removeAttribute('aria-current'));
    link.setAttribute('aria-current', 'true');
    $('[data-log-level]').dataset.logLevel = link.dataset.level;
  }),
);
