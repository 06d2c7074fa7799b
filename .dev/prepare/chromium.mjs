import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { isExecutable, pathFolders, run } from './command.mjs';
import { hasApt, isMac } from './machine.mjs';
import { say, warnIfRequired } from './messages.mjs';
import { launch, unpackPackages } from './packages.mjs';
import { cache, readJson, record, root } from './places.mjs';

const unpackedChromium = join(cache, 'headless-shell');
/** Where earlier versions of this script unpacked a whole Chromium, which takes twice the CPU time. */
const formerChromium = join(cache, 'chromium/chromium');
const noted = join(cache, 'chromium.json');

/** The headless Chromium comes first. */
const BROWSER_NAMES = [
  ...['chromium-headless-shell', 'chromium', 'chromium-browser'],
  ...['google-chrome', 'google-chrome-stable'],
];
const MAC_BROWSERS = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];
const BROWSER_START_MS = 60_000;

/** Chromium exits if there are no fonts. On a machine without fonts, it uses the unpacked ones. */
const OWN_FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig><dir prefix="xdg">fonts</dir><cachedir prefix="xdg">fontconfig</cachedir></fontconfig>
`;
const FIND_FONTS = `if [ ! -e /etc/fonts/fonts.conf ]; then
  export FONTCONFIG_FILE="$here/fonts.conf" XDG_DATA_HOME="$here/usr/share"
fi
`;

const chromiumLayout = {
  target: unpackedChromium,
  program: 'chromium',
  launcher: (folder) => {
    fs.writeFileSync(join(folder, 'fonts.conf'), OWN_FONTS);
    const programs = ['usr/lib/chromium/chromium-headless-shell', 'usr/lib/chromium/chromium'];
    const program = programs.find((one) => fs.existsSync(join(folder, one)));
    return launch(program, folder, FIND_FONTS);
  },
};

export function provideChromium() {
  const recorded = readJson(noted);
  const isCurrent = recorded !== undefined && recorded.chromium !== formerChromium;
  if (isCurrent && run(recorded.chromium, ['--version'], {}, BROWSER_START_MS).ok) return true;
  fs.rmSync(noted, { force: true }); // the tests read it
  const former = isExecutable(formerChromium) ? formerChromium : undefined;
  const chromium = findChromium() ?? unpackChromium() ?? former;
  if (chromium === undefined) return false;
  record(noted, { chromium });
  say(`using ${chromium}`);
  return true;
}

function findChromium() {
  const onPath = pathFolders.flatMap((folder) => BROWSER_NAMES.map((name) => join(folder, name)));
  const files = [...onPath, ...(isMac ? MAC_BROWSERS : []), join(unpackedChromium, 'chromium')];
  return files.find((file) => isExecutable(file) && testChromium(file).ok);
}

/** Unpacks Chromium and tests that it can show a page: on Ubuntu the package is a stub that asks for snap. */
function unpackChromium() {
  if (!hasApt) return undefined;
  say(
    `unpacking the distribution's Chromium into ${relative(root, unpackedChromium)} (about 90 MB to fetch)`,
  );
  const unpacked = unpackPackages([['chromium-headless-shell'], ['chromium']], chromiumLayout);
  if (!unpacked.ok) return warnIfRequired('Chromium could not be fetched with apt', unpacked);
  const chromium = join(unpackedChromium, 'chromium');
  const tested = testChromium(chromium);
  return tested.ok ? chromium : warnIfRequired('the unpacked Chromium does not run', tested);
}

/** Makes Chromium show a page, which proves that its libraries and fonts are there. */
function testChromium(chromium) {
  const profile = fs.mkdtempSync(join(tmpdir(), 'prepare-chromium-'));
  try {
    const flags = [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      `--user-data-dir=${profile}`,
    ];
    const shown = run(chromium, [...flags, '--dump-dom', 'data:text/html,<p>ready'], {}, BROWSER_START_MS);
    return { ...shown, ok: shown.ok && shown.output.includes('<p>ready</p>') };
  } finally {
    fs.rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
