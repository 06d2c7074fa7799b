import type { Visitors } from '../visitors.js';
import { comment, directive, type Statement } from './directives.js';
import { note, when } from './gate.js';

const SCHEME = 'staticgenerator_scheme';

/** Returns the scheme that a visitor used, as the value of a header. */
export function schemeExpression({ trust }: Visitors): string {
  return trust.length === 0 ? 'expr=%{REQUEST_SCHEME}' : `%{${SCHEME}}e`;
}

/** Returns the same as the subject of a condition. */
export function schemeSubject({ trust }: Visitors): string {
  return trust.length === 0 ? '%{REQUEST_SCHEME}' : `%{ENV:${SCHEME}}`;
}

/** Returns how Apache finds the address of the visitor: the last one that does not belong to a trusted proxy. */
export function visitorAddress({ trust }: Visitors): readonly Statement[] {
  if (trust.length === 0) return [];
  return [
    comment('The proxies in front that are trusted to report the visitor.'),
    directive('RemoteIPHeader', 'X-Forwarded-For'),
    ...trust.map((address) => directive('RemoteIPInternalProxy', address)),
  ];
}

/** The scheme that the visitor used: the one that a trusted proxy reports, otherwise that of the connection. */
export function schemeRules({ trust }: Visitors): readonly Statement[] {
  if (trust.length === 0) return [];
  return [
    comment(
      'The scheme that the visitor used: the one that a trusted proxy reports, otherwise that of the connection.',
    ),
    note('^', `E=${SCHEME}:%{REQUEST_SCHEME}`),
    ...trust.map((address, index) =>
      when('expr', `%{CONN_REMOTE_ADDR} -ipmatch '${address}'`, { or: index < trust.length - 1 }),
    ),
    when('%{HTTP:X-Forwarded-Proto}', '\\A(https?)\\z'),
    note('^', `E=${SCHEME}:%1`),
  ];
}
