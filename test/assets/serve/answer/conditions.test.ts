import { describe, expect, test } from 'vitest';
import { isSamePart, judgeConditions } from '../../../../src/assets/serve/answer/conditions.js';

const TAG = '"4d2-a"';
const LAST_MODIFIED = 'Fri, 13 Feb 2009 23:31:30 GMT';
const validators = { entityTag: TAG, modifiedSeconds: 1_234_567_890 };
const judge = (headers: Record<string, string>) => judgeConditions(headers, validators);

describe('If-None-Match', () => {
  test.each([TAG, `W/${TAG}`, `"x", ${TAG}`, `"x",W/${TAG} , "y"`, `"a,b", ${TAG}`, '*', ' * '])(
    '%s has it',
    (value) => {
      expect(judge({ 'if-none-match': value })).toBe('not-modified');
    },
  );

  test.each(['"x"', 'W/"x"', '"4d2-a', '4d2-a', '"4D2-A"', '', '"*"', '"x*"', `w/"x"`])(
    '%s has it not',
    (value) => {
      expect(judge({ 'if-none-match': value })).toBe('send');
    },
  );

  test('alone counts, whatever If-Modified-Since says', () => {
    const future = 'Fri, 01 Jan 2100 00:00:00 GMT';
    expect(judge({ 'if-none-match': '"x"', 'if-modified-since': future })).toBe('send');
    const past = 'Mon, 01 Jan 2001 00:00:00 GMT';
    expect(judge({ 'if-none-match': TAG, 'if-modified-since': past })).toBe('not-modified');
  });
});

describe('If-Modified-Since', () => {
  test.each([
    [LAST_MODIFIED, 'not-modified'],
    ['Fri, 01 Jan 2100 00:00:00 GMT', 'send'],
    ['Fri, 13 Feb 2009 23:31:29 GMT', 'send'],
    ['Mon, 01 Jan 2001 00:00:00 GMT', 'send'],
    ['Friday, 13-Feb-09 23:31:30 GMT', 'not-modified'],
    ['Friday, 13-Feb-09 23:31:29 GMT', 'send'],
    ['Fri Feb 13 23:31:30 2009', 'not-modified'],
    ['Fri Feb 13 23:31:29 2009', 'send'],
  ])('%s: %s', (value, verdict) => {
    expect(judge({ 'if-modified-since': value })).toBe(verdict);
  });

  test.each(['', '2100', 'Fri, 01 Jan 2100 00:00:00 GMTFri, 01 Jan', 'Fri, 99 Foo 2100 00:00:00 GMT', '0'])(
    '%j is no date, and ignored',
    (value) => {
      expect(judge({ 'if-modified-since': value })).toBe('send');
    },
  );
});

describe('If-Match and If-Unmodified-Since', () => {
  test.each([
    [{ 'if-match': TAG }, 'send'],
    [{ 'if-match': '*' }, 'send'],
    [{ 'if-match': `"x", ${TAG}` }, 'send'],
    [{ 'if-match': '"x"' }, 'failed'],
    [{ 'if-match': `W/${TAG}` }, 'failed'],
    [{ 'if-unmodified-since': LAST_MODIFIED }, 'send'],
    [{ 'if-unmodified-since': 'Mon, 01 Jan 2001 00:00:00 GMT' }, 'failed'],
    [{ 'if-unmodified-since': 'Fri, 01 Jan 2100 00:00:00 GMT' }, 'send'],
    [{ 'if-unmodified-since': 'yesterday' }, 'send'],
    [{ 'if-match': TAG, 'if-unmodified-since': 'Mon, 01 Jan 2001 00:00:00 GMT' }, 'send'],
    [{ 'if-match': TAG, 'if-none-match': TAG }, 'not-modified'],
  ])('%j: %s', (headers, verdict) => {
    expect(judge(headers)).toBe(verdict);
  });
});

describe('If-Range', () => {
  test.each([undefined, TAG, ` ${TAG}`, LAST_MODIFIED])('%s: it is the same file', (value) => {
    expect(isSamePart(value, validators)).toBe(true);
  });

  test.each(['"x"', `W/${TAG}`, 'Fri, 13 Feb 2009 23:31:31 GMT', 'Mon, 01 Jan 2001 00:00:00 GMT', 'x', ''])(
    '%j: it is another',
    (value) => {
      expect(isSamePart(value, validators)).toBe(false);
    },
  );
});
