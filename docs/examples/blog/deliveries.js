/** @import { NextFunction, Request, Response } from 'express' */
/** @typedef {ReturnType<typeof openDeliveries>} Deliveries */

/** The browser asks how its page came right after the page. */
const LIFETIME_MS = 10_000;
const MOST_NOTES = 1_000;

/**
 * Remembers for a moment what Node said of each page that it sent: the header `Cache-Status`. What nginx serves from a file never comes
 * here, so there is no note of it. The notes are those of one process, as this site has one.
 */
export function openDeliveries() {
  /** @type {Map<string, { status: string, time: number }>} */
  const notes = new Map();

  return {
    /**
     * Stands before the pages, as loggers do: it sees hits that Node serves, too.
     *
     * @param {Request} request
     * @param {Response} response
     * @param {NextFunction} next
     */
    note(request, response, next) {
      const [path = ''] = request.originalUrl.split('?', 1);
      const key = keyOf(request, path);
      response.locals.path = path; // for the views, which ask for the strip of this page
      response.once('finish', () => {
        // A hit is written without Express, and then its headers cannot be read here.
        const status = response.get('Cache-Status') ?? 'staticgenerator; hit';
        notes.set(key, { status, time: Date.now() });
        const [oldest] = notes.keys();
        if (notes.size > MOST_NOTES && oldest !== undefined) notes.delete(oldest);
      });
      next();
    },

    /**
     * The `Cache-Status` of the page that this visitor has just got from Node; undefined if it was not from Node. Each note
     * is for one page, so it is told once.
     *
     * @param {Request} request of the same visitor
     * @param {string} path of the page
     */
    take(request, path) {
      const key = keyOf(request, path);
      const note = notes.get(key);
      notes.delete(key);
      return note !== undefined && Date.now() - note.time < LIFETIME_MS ? note.status : undefined;
    },
  };
}

/**
 * @param {Request} request
 * @param {string} path
 */
function keyOf(request, path) {
  return JSON.stringify([request.ip, request.get('user-agent'), path]);
}
