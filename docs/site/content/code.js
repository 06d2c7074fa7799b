import highlighter from 'highlight.js/lib/core';
import bash from 'highlight.js/lib/languages/bash';
import dockerfile from 'highlight.js/lib/languages/dockerfile';
import ini from 'highlight.js/lib/languages/ini';
import javascript from 'highlight.js/lib/languages/javascript';
import json from 'highlight.js/lib/languages/json';
import nginx from 'highlight.js/lib/languages/nginx';
import python from 'highlight.js/lib/languages/python';
import sql from 'highlight.js/lib/languages/sql';
import typescript from 'highlight.js/lib/languages/typescript';
import xml from 'highlight.js/lib/languages/xml';
import yaml from 'highlight.js/lib/languages/yaml';

const LANGUAGES = { bash, dockerfile, ini, javascript, json, nginx, python, sql, typescript, xml, yaml };
for (const [name, language] of Object.entries(LANGUAGES)) highlighter.registerLanguage(name, language);

/** The labels of blocks of code. A language that is not here is shown by its own name. */
const NAMES = {
  js: 'JavaScript',
  ts: 'TypeScript',
  sh: 'Shell',
  console: 'Terminal',
  json: 'JSON',
  html: 'HTML',
  yaml: 'YAML',
  ini: 'INI',
  text: 'Output',
  vcl: 'VCL',
  sql: 'SQL',
  python: 'Python',
  dockerfile: 'Dockerfile',
  prisma: 'Prisma',
};

/**
 * Returns a block of code as HTML. Classes mark its words, so that the page needs no script to color them.
 *
 * @param {string} text
 * @param {string} language as the Markdown names it
 */
export function highlight(text, language) {
  const isKnown = highlighter.getLanguage(language) !== undefined;
  return isKnown ? highlighter.highlight(text, { language }).value : escapeHtml(text);
}

/** @param {string} language */
export function nameOfLanguage(language) {
  return Object.entries(NAMES).find(([name]) => name === language)?.[1] ?? language;
}

/** @param {string} text */
export function escapeHtml(text) {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
