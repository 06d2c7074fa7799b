/** Whether several writers of one WAL cannot lose commits in this release (fixed in 3.51.3, 3.50.7 and 3.44.6). */
export function isSafeSqlite(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  if (major !== 3) return major > 3;
  if (minor === 50) return patch >= 7;
  if (minor === 44) return patch >= 6;
  return minor > 51 || (minor === 51 && patch >= 3);
}

/** Thrown for an SQLite that is not safe with several processes. */
export class UnsafeSqliteError extends Error {
  readonly version: string;

  constructor(version: string) {
    super(
      `Expected SQLite 3.51.3 or newer, got ${version}: older ones can lose commits with several processes`,
    );
    this.version = version;
  }
}
