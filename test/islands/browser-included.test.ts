/** Islands without a script in a real browser, behind a real nginx. */
import { existsSync } from 'node:fs';
import express from 'express';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installedChromium, launchChromium, newVisitor } from '../helpers/browser/browser.js';
import { installedNginx } from '../helpers/servers/nginx.js';
import { blogRoutes, startIncluding } from './including-site.js';

describe.skipIf(installedChromium === undefined || !existsSync(installedNginx().nginx))(
  'in a browser without JavaScript',
  () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await launchChromium();
    });
    afterAll(async () => await browser.close());

    test('a visitor signs in and out, and reads the page from its file with their name in it', async () => {
      const site = await startIncluding('nginx', (app, pages) => {
        app.use(express.urlencoded({ extended: false }));
        blogRoutes(app, pages);
        app.get('/favicon.ico', (_, response) => void response.status(204).end());
        app.get('/login', (_, response) => response.cookie('sid', 'Ada').redirect('/posts/1'));
        app.get('/logout', (_, response) => response.clearCookie('sid').redirect('/posts/1'));
      });
      await site.store('/posts/1');
      const url = `http://localhost:${site.frontPort}`;
      const { page, complaints } = await newVisitor(browser, url, { javaScriptEnabled: false });
      const open = async (path: string) => {
        const answer = await page.goto(path);
        expect(await answer?.headerValue('cache-status')).toBe('staticgenerator; hit');
        return await page.locator('nav').innerHTML();
      };
      expect(await open('/posts/1')).toContain('<a href="/login">Sign in</a>');
      expect(await open('/login')).toContain('<b>Ada</b>');
      expect(await page.locator('nav').innerText()).toBe('Ada');
      expect(await open('/logout')).toContain('Sign in');
      expect(complaints).toEqual([]);
    });
  },
);
