import express from 'express';

/** @import { Request } from 'express' */

export const parseForm = express.urlencoded({ extended: false, limit: '1mb' });

/**
 * Returns one field of a form. Replaces CRLF, which browsers send at the end of lines. Removes control characters,
 * because they would make the feed malformed.
 *
 * @param {Request} request
 * @param {string} name
 * @param {number} maxLength
 */
export function field(request, name, maxLength) {
  const value = request.body?.[name];
  return String(typeof value === 'string' ? value : '')
    .replaceAll('\r\n', '\n')
    .replace(/[^\P{Cc}\n\t]/gu, '')
    .trim()
    .slice(0, maxLength);
}
