import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type CookieLists,
  compileOnlyCookies,
  cookieNamePattern,
  foreignNames,
  personalCookieSource,
} from '../../../src/page/request/cookies.js';
import { defaultBypassCookies, defaultIgnoreCookies } from '../../../src/page/request/default-cookies.js';
import { foreignHeaders, personalHeaders } from '../../cases/cookies.js';
import { effort } from '../../helpers/effort.js';

const defaults: CookieLists = { bypassCookies: defaultBypassCookies, ignoreCookies: defaultIgnoreCookies };

/** Whether a Cookie header makes a request personal. */
function isPersonal(lists: CookieLists, header: string): boolean {
  const source = personalCookieSource(lists);
  return source !== undefined && new RegExp(source, 'i').test(header);
}

/** Whether a Cookie header has one of the names, if no cookie is ignored. */
function has(names: readonly string[], header: string): boolean {
  return isPersonal({ bypassCookies: names, ignoreCookies: [] }, header);
}

describe('a name is found in a Cookie header', () => {
  test.each([
    'sid=1',
    'a=1; sid=1',
    'sid=1; a=1',
    'a=1;sid=1',
    'a=1;  sid=1',
    'a=1 ;\tsid=1',
    ' sid=1',
    'SID=1',
    'sid =1',
    'sid',
    'sid=',
    'sid;a=1',
    'a=1, sid=1',
    'a=1 sid=1',
    ';sid=1',
    'a="x; sid=1"',
  ])('%j', (header) => {
    expect(has(['sid'], header)).toBe(true);
  });

  test.each([
    '',
    'a=1',
    'sidebar=1',
    'myside=1',
    'xsid=1',
    'a=sid',
    'a=1; b=sid',
    'a_sid=1',
    'sid-x=1',
    'a=b=sid',
  ])('but not in %j', (header) => {
    expect(has(['sid'], header)).toBe(false);
  });

  test('wherever it stands among others, however they are spaced and cased', () => {
    const other = fc.stringMatching(/^[a-r]{1,4}=[a-r0-9]{0,4}$/);
    const separator = fc.constantFrom(';', '; ', ';  ', ' ; ', ';\t', ', ');
    const spelled = fc
      .constantFrom('sid', 'SID', 'Sid', 'sId')
      .chain((name) => fc.constantFrom(name, `${name}=`, `${name}=1`));
    fc.assert(
      fc.property(fc.array(other), spelled, fc.array(other), separator, (before, cookie, after, between) => {
        const header = [...before, cookie, ...after].join(between);
        expect(has(['sid'], header)).toBe(true);
        expect(has(['sid'], [...before, ...after].join(between))).toBe(false);
      }),
      { numRuns: effort({ usual: 600, long: 2_000 }) },
    );
  });

  test('with a star for any characters, none included', () => {
    expect(has(['auth*'], 'auth=1')).toBe(true);
    expect(has(['auth*'], 'auth_token=1')).toBe(true);
    expect(has(['auth*'], 'myauth=1')).toBe(false);
    expect(has(['*.sid'], 'connect.sid=1')).toBe(true);
    expect(has(['*.sid'], 'connectxsid=1')).toBe(false);
    // A star does not match beyond the end of the name, into values or other cookies.
    expect(has(['a*b'], 'a=1; b=1')).toBe(false);
    expect(has(['a*b'], 'a=b')).toBe(false);
  });

  test('by its characters, not by what they mean in a regular expression', () => {
    expect(has(['a.b'], 'axb=1')).toBe(false);
    for (const name of [
      'a.b',
      'a+b',
      'a^b',
      'a$b',
      'a|b',
      "a'b",
      'a`b',
      'a!b',
      'a#b',
      'a%b',
      'a&b',
      'a~b',
      'a-b',
    ]) {
      expect(has([name], `${name}=1`)).toBe(true);
      expect(has([name], 'a=1')).toBe(false);
      expect(has([name], 'b=1')).toBe(false);
    }
  });

  test('never where no names are given', () => {
    expect(personalCookieSource({ ...defaults, bypassCookies: [] })).toBeUndefined();
  });
});

describe('only known cookies are in', () => {
  const onlyKnown = compileOnlyCookies(['_ga*', 'consent']);

  test.each([
    '',
    '_ga=1',
    '_ga_ABC=1',
    '_GA=1',
    'consent',
    'consent=',
    'consent=a=b',
    '_ga=1; consent=yes',
    '_ga=1;consent=yes;',
    ' _ga = 1 ;  consent=yes ',
  ])('%j', (header) => {
    expect(onlyKnown(header)).toBe(true);
  });

  test.each([
    'theme=dark',
    '_ga=1; theme=dark',
    'theme=dark; _ga=1',
    'x_ga=1',
    'consents=1',
    'consent2',
    'theme',
    // A cookie without a name is a cookie too.
    '=dark',
    '_ga=1; =dark',
    '=',
  ])('but not in %j', (header) => {
    expect(onlyKnown(header)).toBe(false);
  });

  test('the empty header, where none is known', () => {
    const none = compileOnlyCookies([]);
    expect(none('')).toBe(true);
    expect(none('a=1')).toBe(false);
    expect(none('(?!)=1')).toBe(false);
  });
});

describe('the names that look like a session or a token', () => {
  test.each([
    ...[
      'connect.sid',
      'sid',
      'express.sid',
      'koa.sess',
      'session',
      'sessionid',
      'my_session_id',
      'JSESSIONID',
    ],
    ...[
      'ASP.NET_SessionId',
      'PHPSESSID',
      'auth',
      'auth_token',
      'token',
      'access_token',
      'csrftoken',
      'jwt',
      'jwt_x',
    ],
    ...[
      'remember_me',
      'remember_web_59ba',
      'csrf',
      '_csrf',
      '_csrf_token',
      'XSRF-TOKEN',
      'xsrf',
      '__Host-x',
      '__Secure-x',
    ],
    ...['i18next', 'i18n_redirected', 'lang', 'language', 'wp_language', 'locale', 'NEXT_LOCALE'],
  ])('%s is one of them', (name) => {
    expect(has(defaultBypassCookies, `${name}=1`)).toBe(true);
    expect(compileOnlyCookies(defaultIgnoreCookies)(`${name}=1`)).toBe(false);
  });

  test.each(['theme', 'langs', 'sidebar', '_ga', 'cookie_consent', 'visitor_id', 'logged', 'car_t'])(
    '%s is none of them',
    (name) => {
      expect(has(defaultBypassCookies, `${name}=1`)).toBe(false);
    },
  );
});

describe('the names of what others set', () => {
  test.each([
    ...[
      '_ga',
      '_ga_1A2B',
      '_gid',
      '_gat',
      '_gat_UA-1',
      '_gcl_au',
      '_fbp',
      '_fbc',
      '_pk_id.1.1fff',
      '_hjSession_1',
      '_clck',
    ],
    ...[
      '_clsk',
      '__utma',
      '_dc_gtm_UA-1',
      'cookieconsent_status',
      'OptanonAlertBoxClosed',
      'CookieConsent',
      'OptanonConsent',
      'euconsent-v2',
    ],
  ])('%s is one of them', (name) => {
    expect(compileOnlyCookies(defaultIgnoreCookies)(`${name}=1`)).toBe(true);
  });

  test('are for what others set, whatever it looks like', () => {
    for (const header of Object.values(foreignHeaders)) {
      expect.soft([header, isPersonal(defaults, header)]).toEqual([header, false]);
      expect.soft([header, compileOnlyCookies(defaultIgnoreCookies)(header)]).toEqual([header, true]);
    }
  });

  test('leave personal what is: a session, a choice, beside them too', () => {
    const others = Object.values(foreignHeaders).join('; ');
    for (const header of personalHeaders)
      for (const one of [header, `${others}; ${header}`, `${header}; ${others}`])
        expect.soft([one, isPersonal(defaults, one)]).toEqual([one, true]);
  });

  test('decide against a default name only: what the site names bypasses, whatever is ignored', () => {
    const hotjar = '_hjSession_1=x';
    expect(isPersonal({ ...defaults, bypassCookies: [...defaultBypassCookies, '_hj*'] }, hotjar)).toBe(true);
    expect(isPersonal({ ...defaults, bypassCookies: ['*hjsess*'] }, hotjar)).toBe(true);
    // A session is not ignored because the site ignores all names.
    expect(isPersonal({ ...defaults, ignoreCookies: ['*', 'session*'] }, 'session=x')).toBe(true);
    expect(isPersonal({ ...defaults, ignoreCookies: [] }, hotjar)).toBe(true);
  });

  test('are looked for only where one looks personal', () => {
    expect(foreignNames(defaults)).toEqual(
      defaultIgnoreCookies.filter((name) => has(defaultBypassCookies, `${name.replaceAll('*', '')}=1`)),
    );
    expect(foreignNames(defaults)).toContain('_hj*Session*');
    expect(foreignNames(defaults)).not.toContain('_ga*');
  });
});

describe('a cookie name', () => {
  test.each([...defaultBypassCookies, ...defaultIgnoreCookies, '*'])('may be %s', (name) => {
    expect(cookieNamePattern.test(name)).toBe(true);
  });

  test.each(['', 'a b', 'a=b', 'a;b', 'a,b', 'a"b', 'a(b', 'a[b', 'a{b', 'a\\b', 'é', 'a\n'])(
    'may not be %j',
    (name) => {
      expect(cookieNamePattern.test(name)).toBe(false);
    },
  );
});
