import { Refusal } from '../security.js';

/** @import { NextFunction, Request, Response } from 'express' */

/**
 * @param {Request} request
 * @param {Response} response
 */
export function showNotFound(request, response) {
  response
    .status(404)
    .render('message', { title: 'Not found', message: `Nothing lives at ${request.path}.` });
}

/**
 * Shows an error. Express recognizes an error handler by its four parameters.
 *
 * @param {unknown} error
 * @param {Request} _request
 * @param {Response} response
 * @param {NextFunction} next
 */
export function showError(error, _request, response, next) {
  const status = statusOf(error);
  if (status >= 500) console.error(error);
  if (response.headersSent) return next(error);
  response.status(status).render('message', { title: 'Sorry', message: messageOf(error, status) });
}

/**
 * Returns the status of an error. Express's errors (a broken escape, a form that is too large) and ours have one.
 * Others are bugs.
 *
 * @param {unknown} error
 * @returns {number}
 */
function statusOf(error) {
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  return typeof status === 'number' && status >= 400 && status <= 599 ? status : 500;
}

/**
 * @param {unknown} error
 * @param {number} status
 */
function messageOf(error, status) {
  if (error instanceof Refusal) return error.message;
  return status < 500 ? 'The request could not be understood.' : 'Something broke on our side.';
}
