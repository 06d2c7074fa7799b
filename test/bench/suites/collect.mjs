// Measures the cost of collecting, compared with Django's collectstatic and WhiteNoise's storage, which make the same
// from the same files.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROUNDS, turned } from '../harness/load/rounds.mjs';
import { temporaryFolder } from '../harness/processes/temporary-folder.mjs';
import { toolOf } from '../harness/processes/tools.mjs';
import { median, ratioOf } from '../harness/report/medians.mjs';
import { Report, two, whole } from '../harness/report/report.mjs';

const require = createRequire(import.meta.url);
const COMMAND = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));
const STYLESHEETS = 300;
const IMAGES = 300;
const IMAGE_BYTES = 4_000;
/** Fewer rounds than elsewhere, because each takes half a minute. */
const MOST_ROUNDS = 3;

export async function run() {
  const folder = temporaryFolder();
  const files = makeTree(join(folder, 'static'));
  const subjects = [ours(folder), ...djangos(folder)];
  const figures = measure(subjects);
  report(figures, subjects, files);
}

/**
 * Creates a library with its icons, as packages contain them, and stylesheets that refer to images and to each other.
 */
function makeTree(folder) {
  const from = (name) => dirname(require.resolve(`${name}/package.json`));
  const copy = (name, path, target) =>
    cpSync(join(from(name), path), join(folder, target), { recursive: true });
  for (const file of ['bootstrap.css', 'bootstrap.min.css'])
    copy('bootstrap', `dist/css/${file}`, `css/${file}`);
  copy('bootstrap', 'dist/js/bootstrap.bundle.min.js', 'js/bootstrap.bundle.min.js');
  copy('bootstrap-icons', 'icons', 'icons');
  copy('bootstrap-icons', 'font', 'font');
  mkdirSync(join(folder, 'site/img'), { recursive: true });
  for (let index = 0; index < IMAGES; index += 1)
    writeFileSync(join(folder, `site/img/${index}.png`), noise(index));
  for (let index = 0; index < STYLESHEETS; index += 1)
    writeFileSync(join(folder, `site/${index}.css`), stylesheet(index));
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    .length;
}

/** Returns bytes that cannot be compressed, the same in each run. */
function noise(seed) {
  const blocks = Array.from({ length: IMAGE_BYTES / 32 }, (_, block) =>
    createHash('sha256').update(`${seed} ${block}`).digest(),
  );
  return Buffer.concat(blocks);
}

function stylesheet(index) {
  const next = index + 1 < STYLESHEETS && index % 4 > 0 ? `@import "${index + 1}.css";\n` : '';
  const rules = Array.from(
    { length: 40 },
    (_, rule) => `.c${index}-${rule} { background: url("img/${(index * 7 + rule) % IMAGES}.png") }\n`,
  );
  return next + rules.join('');
}

function ours(folder) {
  const root = join(folder, 'ours');
  const options = { webRoot: join(folder, 'pages'), urls: ['^/'], assets: { dirs: ['static'], root } };
  writeFileSync(join(folder, 'staticgenerator.config.json'), JSON.stringify(options));
  return {
    name: '**staticgenerator collect**',
    folder,
    root,
    command: [process.execPath, COMMAND, 'collect'],
  };
}

function djangos(folder) {
  const tool = toolOf('django');
  if (tool === undefined) return [];
  const root = join(folder, 'theirs');
  const settings = {
    ...{ SECRET_KEY: 'benchmark', INSTALLED_APPS: ['django.contrib.staticfiles'], STATIC_URL: '/static/' },
    ...{ STATIC_ROOT: root, STATICFILES_DIRS: [join(folder, 'static')] },
    STATICFILES_STORAGE: 'whitenoise.storage.CompressedManifestStaticFilesStorage',
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${JSON.stringify(value)}\n`);
  writeFileSync(join(folder, 'settings.py'), lines.join(''));
  const words = ['-m', 'django', 'collectstatic', '--noinput', '--verbosity', '0'];
  const command = ['env', 'DJANGO_SETTINGS_MODULE=settings', tool.python, ...words];
  return [{ name: 'collectstatic, with WhiteNoise’s compressed manifest storage', folder, root, command }];
}

/** Measures the subjects in turns: a first collect, and a second one after which nothing has changed. */
function measure(subjects) {
  const figures = new Map(subjects.map(({ name }) => [name, { first: [], cpu: [], again: [] }]));
  for (let round = 0; round < Math.min(ROUNDS, MOST_ROUNDS); round += 1) {
    for (const subject of turned(subjects, round)) {
      rmSync(subject.root, { recursive: true, force: true });
      const first = timed(subject);
      const own = figures.get(subject.name);
      own.first.push(first.elapsed);
      own.cpu.push(first.cpu);
      own.again.push(timed(subject).elapsed);
    }
  }
  return figures;
}

/** Returns seconds as the shell counts them: elapsed time, and processor time with all children. */
function timed({ folder, command }) {
  const script = 'TIMEFORMAT="%R %U %S"; { time "$@" >/dev/null 2>&3; } 3>&2 2>&1';
  const output = execFileSync('bash', ['-c', script, 'bash', ...command], { cwd: folder, encoding: 'utf8' });
  const [elapsed, user, system] = output.trim().split(/\s+/).slice(-3).map(Number);
  return { elapsed, cpu: user + system };
}

function report(figures, subjects, files) {
  const [own, other] = subjects;
  const document = new Report('collect', 'What collecting costs');
  const rows = subjects.map(({ name, root }) => {
    const { first, cpu, again } = figures.get(name);
    const { count, plain, gzip, br } = sizesOf(root);
    const seconds = [first, cpu, again].map((values) => two(median(values)));
    return [name, ...seconds, ...[count, plain, gzip, br].map(whole)];
  });
  const columns = [
    '',
    'first, s',
    'CPU s',
    'again, s',
    'files made',
    'kB plain',
    'kB as gzip',
    'kB as brotli',
  ];
  document.table(
    `${whole(files)} files: a library, its icons, and ${STYLESHEETS} stylesheets with images`,
    columns,
    rows,
  );
  document.say(
    'Sizes count the files with a digest in their names, each in its smallest coding or plain. Both use gzip at 9 and brotli at 11. Ours works on all cores. It does not compress files below 1,024 bytes, which fit one packet as they are.',
  );
  if (other !== undefined) {
    const ratio = (key) => ratioOf(figures.get(own.name)[key], figures.get(other.name)[key]);
    document.say(
      `Compared with collectstatic: ${two(ratio('first'))} of the time, ${two(ratio('cpu'))} of the processor time, ${two(ratio('again'))} of the time when nothing has changed.`,
    );
  } else document.say('Django with WhiteNoise could not be had on this machine.');
  document.write();
}

const DIGESTED = /\.[0-9a-f]{12}(?:\.[^./]+)?$/;

/** Counts all files, and sums the kilobytes of the files that have a digest in their names. */
function sizesOf(root) {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const sizes = new Map(
    entries.map(({ parentPath, name }) => [join(parentPath, name), statSync(join(parentPath, name)).size]),
  );
  const digested = [...sizes.keys()].filter((file) => DIGESTED.test(file));
  const sum = (suffix) =>
    digested.reduce((total, file) => total + (sizes.get(file + suffix) ?? sizes.get(file)), 0) / 1000;
  return { count: sizes.size, plain: sum(''), gzip: sum('.gz'), br: sum('.br') };
}
