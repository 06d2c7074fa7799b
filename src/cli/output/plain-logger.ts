import { messageOf } from '../../errors.js';
import type { Logger } from '../../log.js';
import type { Output } from './output.js';

const QUIET = ['warn', 'error'];

/**
 * The logger of a command: lines of plain text on standard error, so that they do not look like its result. Warnings
 * and errors only, unless everything is asked for.
 */
export function createPlainLogger(output: Output, everything: boolean): Logger {
  const at = (level: keyof Logger) => (fields: object, message: string) => {
    if (!everything && !QUIET.includes(level)) return;
    const kind = QUIET.includes(level) ? 'warning' : 'log';
    // Not awaited: nobody waits for a log, and Output has dealt with a reader that has gone.
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

/** An error would be `{}` in JSON. */
function readable(fields: object): readonly (readonly [string, unknown])[] {
  return Object.entries(fields).map(([name, value]) =>
    name === 'err' ? ['error', messageOf(value)] : [name, value],
  );
}
