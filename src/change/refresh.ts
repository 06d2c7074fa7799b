/** How pages that are out of date are refreshed. */
export type Refresh = 'delete' | 'regenerate';

export const REFRESH_EXPECTED = "'delete' or 'regenerate'";

export function isRefresh(value: unknown): value is Refresh {
  return value === 'delete' || value === 'regenerate';
}
