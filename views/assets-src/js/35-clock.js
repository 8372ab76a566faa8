/* Times in the zone of the installation. */
/* global document */
const pad = (value) => String(value).padStart(2, '0');
export const clockOf = (at) => {
  const local = new Date(Date.parse(at) + document.body.dataset.zone * 3600000);
  return [local.getUTCHours(), local.getUTCMinutes(), local.getUTCSeconds()].map(pad);
};
export const tiny = (at) => clockOf(at).join(document.body.dataset.sep);
