import pg from 'pg';
import { expect, test } from 'vitest';
import { readCall } from '../../../../src/track/postgres/pool/call.js';

test('a stream of rows has the text and the values of its cursor', () => {
  const stream = { submit: () => undefined, cursor: new pg.Query('select $1', ['1']) };
  expect(readCall([stream], new Map())).toEqual({ text: 'select $1', values: ['1'] });
});

test('a prepared statement that is named alone has the text that it was prepared with', () => {
  const named = new Map([['one', 'select 1']]);
  expect(readCall([{ name: 'one' }], named)).toEqual({ text: 'select 1', values: [] });
});
