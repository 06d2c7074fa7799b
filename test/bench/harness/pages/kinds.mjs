/**
 * The options of sites that each have plain pages and one other kind of page, and of a site that has only plain pages.
 */
const page = /^\/pages\/page$/;
const version = 'bench';

export const optionsOf = {
  plain: { urls: [page], version },
  query: {
    urls: [page, { match: /^\/query\/page$/, query: { page: /^[1-9]\d{0,3}$/, sort: ['new', 'old'] } }],
    version,
  },
  variant: {
    urls: [page, { match: /^\/variant\/page$/, variants: ['language'] }],
    variants: { language: { cookie: 'lang', header: 'Accept-Language', values: ['en', 'de', 'fr'] } },
    version,
  },
  islands: {
    urls: [page, { match: /^\/islands\/page$/, as: 'nobody' }],
    islands: { urls: [/^\/menu$/] },
    version,
  },
};
