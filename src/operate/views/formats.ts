/**
 * Returns a text that is safe to show on a terminal or a page. Visitors can choose the names of files, because they
 * choose URLs; a control character or a change of direction in them would garble the screen.
 */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** Formats a size for people: `612 B`, `12.3 KiB`. */
export function formatBytes(bytes: number): string {
  let [size, unit] = [bytes, 0];
  // With 1024 as the limit, 1023.95 would be shown as 1024.0.
  for (; size >= 1023.95 && unit < UNITS.length - 1; unit += 1) size /= 1024;
  return `${unit === 0 ? size : size.toFixed(1)} ${UNITS[unit]}`;
}

/** Formats a number of things: `1 page`, `2 pages`. */
export function formatCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Formats a duration for people: `850 ms`, `12.3 s`, `4 min`, `3 h`. */
export function formatSpan(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 100_000) return `${(milliseconds / 1_000).toFixed(1)} s`;
  const minutes = Math.round(milliseconds / 60_000);
  return minutes < 100 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

/** Formats a time in the time zone of this machine: `2026-11-20 19:58:03`. */
export function formatTime(milliseconds: number): string {
  const date = new Date(milliseconds - new Date(milliseconds).getTimezoneOffset() * 60_000);
  return date.toISOString().slice(0, 19).replace('T', ' ');
}
