import type { FileAnswer } from '../answers.js';
import { block, directive, type Statement } from './directives.js';

/** Returns which codings nginx sends. The standard build of nginx has no brotli. */
export function codings({ codings: stored, vary }: FileAnswer, brotli: boolean): readonly Statement[] {
  return [
    directive('gzip', 'off'),
    ...('gzip' in stored ? [directive('gzip_static', 'on')] : []),
    ...('br' in stored && brotli ? [directive('brotli_static', 'on')] : []),
    ...(vary === 'with-codings' ? [directive('gzip_vary', 'on')] : []),
    directive('gzip_proxied', 'any'),
  ];
}

/**
 * Returns the rules for conditions and ranges. Turns off headers that the surrounding server sets for its own files.
 */
export function validators({ ifModifiedSince, rangeParts }: FileAnswer): readonly Statement[] {
  return [
    // nginx derives the ETag from time and length.
    directive('etag', 'on'),
    directive('if_modified_since', ifModifiedSince === 'exact' ? 'exact' : 'off'),
    directive('max_ranges', String(rangeParts)),
    directive('expires', 'off'),
    directive('absolute_redirect', 'off'),
    // A Content-Type has its charset already, because the charset differs by extension and by site.
    directive('charset', 'off'),
  ];
}

/** The Content-Type of each extension. */
export function typesBlock({ types }: FileAnswer): Statement {
  const extensions = new Map<string, string[]>();
  for (const [extension, type] of Object.entries(types)) {
    extensions.set(type, [...(extensions.get(type) ?? []), extension]);
  }
  return block(['types'], ...[...extensions].map(([type, those]) => directive(type, ...those)));
}
