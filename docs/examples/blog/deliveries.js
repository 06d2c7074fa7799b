/** @import { NextFunction, Request, Response } from 'express' */
/** @typedef {ReturnType<typeof openDeliveries>} Deliveries */

/** How long a note is kept. The browser asks about a page right after it has got the page. */
const LIFETIME_MS = 10_000;
const MOST_NOTES = 1_000;

/**
 * Notes for a few seconds the header `Cache-Status` of each page that Node sent. Pages that nginx serves from a file
 * are not noted, because those requests do not come here. The notes are in the memory of this process, because this
 * site has one process.
 */
export function openDeliveries() {
  /** @type {Map<string, { status: string, time: number }>} */
  const notes = new Map();

  return {
    /**
     * Middleware that is mounted before that of the pages, as loggers are, so that it also sees the hits that Node
     * serves.
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
        // A hit is sent without Express, so its headers cannot be read here.
        const status = response.get('Cache-Status') ?? 'staticgenerator; hit';
        notes.set(key, { status, time: Date.now() });
        const [oldest] = notes.keys();
        if (notes.size > MOST_NOTES && oldest !== undefined) notes.delete(oldest);
      });
      next();
    },

    /**
     * Returns the `Cache-Status` of the page that this visitor got from Node a moment ago, or undefined if the page did
     * not come from Node. Removes the note, because it is about one response only.
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
