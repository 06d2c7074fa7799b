import { messageOf } from '../../errors.js';
import type { Logger } from '../../log.js';
import type { Output } from './output.js';

const QUIET = ['warn', 'error'];

/**
 * Creates the logger of a command: lines of plain text on standard error, so that they do not look like its result.
 * Logs only warnings and errors, unless `everything` is set.
 */
export function createPlainLogger(output: Output, everything: boolean): Logger {
  const at = (level: keyof Logger) => (fields: object, message: string) => {
    if (!everything && !QUIET.includes(level)) return;
    const kind = QUIET.includes(level) ? 'warning' : 'log';
    // Not awaited: nothing waits for a log line, and Output handles a reader that has gone.
    void output.problem(kind, `${message}${describe(fields)}`, {
      level,
      message,
      ...Object.fromEntries(readable(fields)),
    });
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function describe(fields: object): string {
  const described = readable(fields).map(([name, value]) =>
    name === 'error' ? value : `${name}=${JSON.stringify(value)}`,
  );
  return described.length === 0 ? '' : ` (${described.join(', ')})`;
}

/** Replaces errors by their messages: JSON would print an error as `{}`. */
function readable(fields: object): readonly (readonly [string, unknown])[] {
  return Object.entries(fields).map(([name, value]) =>
    name === 'err' ? ['error', messageOf(value)] : [name, value],
  );
}
