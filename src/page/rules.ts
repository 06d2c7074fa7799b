/** Which URLs become pages: the site's regex list, compiled once. */
export interface Rules {
  /** Tests a decoded canonical path, with JavaScript's own semantics: nothing is anchored for the site. */
  match(decoded: string): 'page' | 'no-rule' | 'excluded';
  /** Which patterns decide about a path: the first that includes it, the first that excludes it. */
  explain(decoded: string): { readonly includedBy?: string; readonly excludedBy?: string };
  /** The sources, in order: part of what decides whether stored pages are still right. */
  readonly sources: readonly string[];
}

export type UrlPattern = RegExp | string;

export function compileRules(urls: readonly UrlPattern[], excludeUrls: readonly UrlPattern[]): Rules {
  const included = urls.map(compilePattern);
  const excluded = excludeUrls.map(compilePattern);
  return {
    match(decoded) {
      if (!included.some((pattern) => pattern.test(decoded))) return 'no-rule';
      return excluded.some((pattern) => pattern.test(decoded)) ? 'excluded' : 'page';
    },
    explain(decoded) {
      const first = (patterns: readonly RegExp[]) =>
        patterns.find((pattern) => pattern.test(decoded))?.toString();
      const [includedBy, excludedBy] = [first(included), first(excluded)];
      return {
        ...(includedBy === undefined ? {} : { includedBy }),
        ...(excludedBy === undefined ? {} : { excludedBy }),
      };
    },
    sources: [...included.map((pattern) => `+${pattern}`), ...excluded.map((pattern) => `-${pattern}`)],
  };
}

/**
 * Whether a path is another spelling of one that is a page by these rules, too: `/News/HELLO` of `/news/hello`. A pattern that
 * names capital letters does not match the other one.
 */
export function isOtherSpelling(decoded: string, rules: Rules): boolean {
  const usual = decoded.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return usual !== decoded && rules.match(usual) === 'page';
}

/** A copy without the `g` and `y` flags, whose `lastIndex` would make the answer depend on the call before. */
function compilePattern(pattern: UrlPattern): RegExp {
  if (typeof pattern === 'string') return new RegExp(pattern);
  const source = pattern.sticky ? `^(?:${pattern.source})` : pattern.source;
  return new RegExp(source, pattern.flags.replace(/[gy]/g, ''));
}
