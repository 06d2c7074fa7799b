/** The options of a site that has pages of several kinds, and of one that has none. */
const rules = [/^\/page$/, /^\/folder\/page$/];

export const optionsOf = {
  plain: { urls: rules, version: 'bench' },
  kinds: {
    urls: [
      ...rules,
      { match: /^\/queries\/page$/, query: { page: /^[1-9]\d{0,3}$/, sort: ['new', 'old'] } },
      { match: /^\/variants\/page$/, variants: ['language'] },
      { match: /^\/islands\/page$/, as: 'nobody' },
    ],
    variants: { language: { cookie: 'lang', header: 'Accept-Language', values: ['en', 'de', 'fr'] } },
    islands: { urls: [/^\/menu$/] },
    version: 'bench',
  },
};
