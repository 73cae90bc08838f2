const DAY_MS = 24 * 60 * 60 * 1000;

export function daysBetween(from, to) {
  return Math.floor((to - from) / DAY_MS);
}

/** "today", "yesterday", or the date. */
export function friendlyDate(time, now = Date.now()) {
  const days = daysBetween(time, now);
  if (days === 0) return "today";
  if (days === 1) return "yesterday";
  return new Date(time).toLocaleDateString();
}
