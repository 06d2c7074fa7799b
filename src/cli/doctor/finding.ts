/** The result of one check of the site. */
export interface Finding {
  readonly check: string;
  readonly level: 'ok' | 'warning' | 'failure';
  readonly message: string;
  /** What to do about it; absent if all is well. */
  readonly remedy?: string;
}

export function ok(check: string, message: string): Finding {
  return { check, level: 'ok', message };
}

export function warning(check: string, message: string, remedy: string): Finding {
  return { check, level: 'warning', message, remedy };
}

export function failure(check: string, message: string, remedy: string): Finding {
  return { check, level: 'failure', message, remedy };
}
