import { block, directive, type Statement } from './directives.js';

/** The `types {}` of a location, from the Content-Type of each extension. */
export function typesBlock(types: Readonly<Record<string, string>>): Statement {
  const extensions = new Map<string, string[]>();
  for (const [extension, type] of Object.entries(types)) {
    extensions.set(type, [...(extensions.get(type) ?? []), extension]);
  }
  return block(['types'], ...[...extensions].map(([type, those]) => directive(type, ...those)));
}
