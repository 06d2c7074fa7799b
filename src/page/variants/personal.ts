import { type CookieLists, compilePersonal } from '../request/cookies.js';
import type { Rules } from '../rules.js';
import type { RuleVariants } from './rule-variants.js';

interface PersonalOptions extends CookieLists {
  readonly rules: Pick<Rules, 'included'>;
  /** Whether a Cookie header has a name that was learned. Default: no name was. */
  readonly isLearned?: (cookies: string) => boolean;
}

/** Whether a Cookie header makes a request personal. A cookie that chooses a variant of the page does not. */
export function compilePersonalOf(
  options: PersonalOptions,
): (cookies: string, variants: RuleVariants | undefined) => boolean {
  const { isLearned = () => false, rules } = options;
  const test = compilePersonal(options);
  const tests = new Map(
    rules.included.flatMap(({ variants }) =>
      variants === undefined
        ? []
        : [[variants, compilePersonal({ ...options, choosing: variants.cookies })] as const],
    ),
  );
  return (cookies, variants) => ((variants && tests.get(variants)) ?? test)(cookies) || isLearned(cookies);
}
