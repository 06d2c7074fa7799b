import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** How long a form may lie open. */
const VALID_MS = 12 * 60 * 60 * 1000;

/**
 * What a form of ours holds and a stranger's cannot: made with a secret that all processes of the site share, so that another one may
 * answer the form. One who signed in by a token of the site's can use it with that token alone.
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
