import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** How long a form stays valid after it was opened. */
const VALID_MS = 12 * 60 * 60 * 1000;

/**
 * The tokens in our own forms, which no other site can make. They are signed with a secret that all processes of
 * the site share, so that another process may answer the form. If the user signed in with a token, the form is
 * valid only with that token.
 */
export class FormTokens {
  readonly #secret: () => Promise<string>;

  constructor(secret: () => Promise<string>) {
    this.#secret = secret;
  }

  async make(request: IncomingMessage, now = Date.now()): Promise<string> {
    const at = now.toString(36);
    return `${at}.${await this.#sign(request, at)}`;
  }

  async isValid(token: string, request: IncomingMessage, now = Date.now()): Promise<boolean> {
    const [, at = '', sent = ''] = /^([0-9a-z]{1,12})\.([\w-]+)$/.exec(token) ?? [];
    const isRight = timingSafeEqual(hash(sent), hash(await this.#sign(request, at)));
    const age = now - Number.parseInt(at, 36);
    return isRight && age >= 0 && age <= VALID_MS;
  }

  async #sign({ headers }: IncomingMessage, at: string): Promise<string> {
    const signed = JSON.stringify([at, headers.authorization ?? '']);
    return createHmac('sha256', await this.#secret())
      .update(signed)
      .digest('base64url');
  }
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
