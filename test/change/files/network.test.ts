import { expect, test } from 'vitest';
import { nameOfShared } from '../../../src/change/files/network.js';

test.each([
  [0x6969, 'NFS'],
  [0xff534d42, 'CIFS'],
  [0xff534d42 | 0, 'CIFS'],
  [0xfe534d42 | 0, 'SMB2'],
  [0x65735546, 'FUSE'],
  [0x01021997, '9P'],
  [0x01021994, undefined],
  [0xef53, undefined],
  [0x794c7630, undefined],
])('the file system of type %i is shared: %s', (type, expected) => {
  expect(nameOfShared(type)).toBe(expected);
});
