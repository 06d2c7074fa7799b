import { expect, test } from 'vitest';
import { VOUCHER_HEADER } from '../../src/page/request/gate.js';
import { described } from './setup/description.js';

const { app } = described();

test('the app learns who asked, and for which host, from nobody but the server', () => {
  expect(app.overwritten).toEqual([
    ['X-Forwarded-For', 'client-address'],
    ['X-Forwarded-Proto', 'scheme'],
    ['X-Forwarded-Host', 'host'],
    ['X-StaticGenerator', 'voucher'],
  ]);
});

test('the gate of the code reads the voucher in the header that the server overwrites', () => {
  const header = app.overwritten.find(([, fact]) => fact === 'voucher')?.[0];
  expect(header?.toLowerCase()).toBe(VOUCHER_HEADER);
});

test('no connection is upgraded but to a WebSocket', () => {
  expect(app.upgrades).toEqual(['websocket']);
});

test("the app's Date is kept, which Age counts from, and it may only say how its answer is buffered", () => {
  expect(app).toMatchObject({ keptHeaders: ['Date'], instructions: ['buffering'] });
});
