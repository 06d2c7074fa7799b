import { promisify } from 'node:util';
import express from 'express';
import { DEMO_PASSWORD, DEMO_USERS } from '../models/users.js';
import { requireUser } from '../security.js';
import { newToken } from '../tokens.js';
import { SESSION_COOKIE } from '../visitor.js';
import { field, parseForm } from './form.js';

/** @import { Services } from '../site.js' */

const demo = { users: DEMO_USERS, password: DEMO_PASSWORD };

/**
 * The routes to sign in and out.
 *
 * @param {Services} services
 */
export function loginRoutes({ users, tokens }) {
  const routes = express.Router();

  routes.get('/login', (request, response) => {
    if (request.session.user !== undefined) return response.redirect(303, '/admin');
    response.render('login', { demo });
  });

  routes.post('/login', parseForm, async (request, response) => {
    const name = field(request, 'name', 60);
    if (!(await users.isRight(name, field(request, 'password', 200)))) {
      response.status(422).render('login', { demo, name, problem: 'The name or the password is not right.' });
      return;
    }
    // A new session, because an attacker may have planted the id of the old one.
    await promisify(request.session.regenerate.bind(request.session))();
    Object.assign(request.session, { user: name, token: newToken(), flash: `Welcome, ${name}.` });
    response.redirect(303, '/admin');
  });

  routes.post('/logout', requireUser, parseForm, tokens.require, async (request, response) => {
    await promisify(request.session.destroy.bind(request.session))();
    response.clearCookie(SESSION_COOKIE).redirect(303, '/');
  });

  return routes;
}
