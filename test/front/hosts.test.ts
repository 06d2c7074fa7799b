import { describe, expect, test } from 'vitest';
import { pageHosts } from '../../src/front/hosts.js';

describe('a host has the Host headers', () => {
  test.each([
    [['a.example'], ['80'], ['a.example']],
    [['a.example'], ['80', '443', '[::]:443'], ['a.example']],
    [
      ['a.example'],
      ['8080', '127.0.0.1:8081', 'unix:/run/x.sock'],
      ['a.example', 'a.example:8080', 'a.example:8081'],
    ],
    [['A.example:8443'], ['80'], ['a.example:8443']],
    [['a.example', 'a.example:81', 'a.example'], ['80'], ['a.example', 'a.example:81']],
    [['[::1]'], ['8080'], ['[::1]', '[::1]:8080']],
    [['[::1]:8080'], ['80'], ['[::1]:8080']],
    [['123'], ['80'], ['123']],
  ])('for the names %j and listen %j: %j', (serverNames, listen, expected) => {
    expect(pageHosts(serverNames, listen).map(({ hostHeaders }) => hostHeaders)).toEqual([expected]);
  });
});

test('each host comes once, under its name without a port and in lower case', () => {
  expect(pageHosts(['A.example', 'b.example:81', 'a.example:82'], ['80'])).toEqual([
    { name: 'a.example', hostHeaders: ['a.example', 'a.example:82'] },
    { name: 'b.example', hostHeaders: ['b.example:81'] },
  ]);
});
