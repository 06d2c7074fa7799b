/** The pages that every subject serves: HTML in three sizes that compresses as well as real prose with markup. */
const WORDS =
  'the page is rendered once and kept until its data change then made anew for who comes next'.split(' ');

export const sizes = { '1k': 1_000, '10k': 10_000, '100k': 100_000 };

/** Deterministic, so that each run and each subject has the same bytes. */
export function pageOf(bytes, seed = 1) {
  let state = seed;
  const next = (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
  let text = '<!doctype html><html lang="en"><title>A page</title><body>';
  while (text.length < bytes - 60) {
    const words = Array.from({ length: 6 + next(12) }, () => `${WORDS[next(WORDS.length)]}${next(50)}`);
    text += `<p class="text">${words.join(' ')}</p>\n`;
  }
  return Buffer.from(`${text.slice(0, bytes - 14).padEnd(bytes - 14, ' ')}</body></html>`);
}

const browser = {
  'User-Agent':
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36',
  Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
  'Accept-Language': 'en-GB,en;q=0.7,de;q=0.3',
  'Accept-Encoding': 'gzip, deflate, br, zstd',
  'Upgrade-Insecure-Requests': '1',
  'Sec-Fetch-Dest': 'document',
  'Sec-Fetch-Mode': 'navigate',
  'Sec-Fetch-Site': 'none',
  'Sec-Fetch-User': '?1',
  Cookie: '_ga=GA1.1.123456789.1700000000',
  Priority: 'u=0, i',
};

/** The cookies that analytics and consent banners leave in most browsers. */
export const VISITORS_COOKIES =
  '_ga=GA1.2.1834567890.1699999999; _gid=GA1.2.987654321.1700000000; _fbp=fb.1.1699999999999.1234567890; OptanonConsent=isGpcEnabled=0&datestamp=Mon+Nov+29+2026+10%3A00%3A00+GMT%2B0100&version=202309.1.0&browserGpcFlag=0&isIABGlobal=false&hosts=&landingPath=NotLandingPage&groups=C0001%3A1%2CC0003%3A1%2CC0002%3A1; _clck=1abcde%7C2%7Cfgh%7C0%7C1400; _ga_ABCDEF1234=GS1.1.1700000000.3.1.1700000123.0.0.0';

/** The request headers of a program, of a browser at the least, and of Chrome on the second page of a visit. */
export const requestHeaders = {
  bare: {},
  browser,
  visitor: {
    ...browser,
    Accept:
      'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7',
    'sec-ch-ua': '"Chromium";v="140", "Not=A?Brand";v="24", "Google Chrome";v="140"',
    'sec-ch-ua-mobile': '?0',
    'sec-ch-ua-platform': '"Linux"',
    Referer: 'https://www.example.com/some/page?with=query',
    Cookie: VISITORS_COOKIES,
  },
};

/**
 * Returns the headers of a request for a page in one coding. A program that wants no coding sends no Accept-Encoding.
 */
export function headersFor(as, coding) {
  const isSilent = as === 'bare' && coding === 'identity';
  return { ...requestHeaders[as], ...(isSilent ? {} : { 'Accept-Encoding': coding }) };
}

export const codings = ['identity', 'gzip', 'br'];
/** The names of the clients in tables. */
export const askedBy = {
  bare: 'a program',
  browser: 'a browser',
  visitor: 'a visitor with half a kilobyte of cookies',
};

/** Returns every size in every coding, as a program and as a browser request it. */
export function combinations() {
  return Object.keys(sizes).flatMap((size) =>
    codings.flatMap((coding) => ['bare', 'browser'].map((as) => ({ size, coding, as }))),
  );
}

/** Bodies below this size get no codings. */
const LEAST_TO_COMPRESS = 1_024;

/** Returns the coding to expect from a server that has codings. */
export function codingOf(size, asked) {
  return sizes[size] < LEAST_TO_COMPRESS ? 'identity' : asked;
}
