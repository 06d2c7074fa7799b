import type { Random } from './random.js';

const languages = [
  ...[
    'de',
    'en',
    'fr',
    'de-CH',
    'de-AT',
    'it',
    'de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7',
    'en-US,en;q=0.5',
    'fr, de;q=0.9',
  ],
  ...[
    'it,fr;q=0.9,de;q=0.8',
    'it;q=0.9,de;q=0.5',
    '*',
    'it,*;q=0.5',
    'de;q=0.5,*;q=0.1',
    'DE-ch',
    'de-CH-1996',
  ],
  ...[
    'en;q=0.5,de;q=0.9',
    'en;q=0',
    'en;q=0,*',
    '*;q=0',
    'de;q=0,fr;q=0.3',
    'it,de;q=0.85,fr;q=0.9',
    '*;q=0.9,en;q=0.1',
  ],
  ...[
    'de;q=2,fr',
    'de;q=',
    ';',
    ',',
    ',,de',
    'd\xe9,fr',
    'de;level=1,fr',
    'de_AT,fr',
    '*-CH,fr',
    'de ;q=0.9',
    'de; q=0.5, fr; q=0.7',
  ],
  ...[
    '',
    ' ',
    'x'.repeat(300),
    `${'it,'.repeat(200)}de`,
    `${'it;q=0.5,'.repeat(50)}fr;q=0.6`,
    'de;q=0.123,fr;q=0.124',
  ],
] as const;

const cookies = [
  ...[
    'lang=de',
    'lang=fr',
    'lang=en',
    'lang=de-CH',
    'look=dark',
    'look=light',
    'lang=de; look=dark',
    'look=dark;lang=fr',
  ],
  ...[
    'lang=xx',
    'lang=',
    'lang',
    'lang=DE',
    'lang="de"',
    'LANG=de',
    'lang=de; lang=fr',
    'lang=xx; lang=fr',
    'look=dim',
  ],
  ...[
    '_ga=1; lang=de',
    'theme=dark; lang=fr',
    'lang=de; sid=1',
    'lang=de, sid=1',
    'lang=de sid=1',
    'xlang=de',
    'a=lang=de',
  ],
  ...[
    'lang=de\r\nCookie: look=dark',
    'lang = de',
    ' lang=de',
    'lang=de;',
    ';lang=fr',
    'look=dark; session_name=Ann',
    'lang=de\xe9',
  ],
] as const;

const devices = ['?1', '?0', '?1', '?2', '', '1', '?1;a', '?0, ?1', ' ?1'] as const;

/** Makes header lines that choose among the variants of a page, in all spellings. */
export function makeChoosingLines(random: Random): readonly string[] {
  return [
    ...(random.chance(0.7) ? [`Accept-Language: ${random.pick(languages)}`] : []),
    ...(random.chance(0.4) ? `Cookie: ${random.pick(cookies)}`.split('\r\n') : []),
    ...(random.chance(0.3) ? [`Sec-CH-UA-Mobile: ${random.pick(devices)}`] : []),
  ];
}

/** Keeps one line of each such header: nginx before 1.23 reads only the first line of a header, but Node reads all. */
export function onceOfChoosing(lines: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  return lines.filter((line) => {
    const name = /^(?:accept-language|sec-ch-ua-mobile)(?=:)/i.exec(line)?.[0].toLowerCase();
    if (name === undefined) return true;
    const isNew = !seen.has(name);
    seen.add(name);
    return isNew;
  });
}
