import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { join, relative } from 'node:path';
import { npm, run } from './command.mjs';
import { giveUp, say } from './messages.mjs';
import { cache, readJson, root } from './places.mjs';

const prismaSource = join(root, 'test/fixtures/prisma');
const prismaTarget = join(cache, 'prisma');
const prismaRecord = join(prismaTarget, 'prepared.json');
/** Prisma generates a different client for each database. */
const PRISMA_PROVIDERS = ['mysql', 'postgresql', 'sqlite'];
const PRISMA_GENERATE_MS = 120_000;

/**
 * Installs Prisma in a folder of its own: it is large, and only its tests need it. Repeats only the steps that have
 * changed.
 */
export function requirePrisma() {
  const recorded = readJson(prismaRecord) ?? {};
  const wanted = {
    packages: hashOf('package-lock.json'),
    models: hashOf('models.prisma'),
    providers: PRISMA_PROVIDERS.join(),
  };
  const isInstalled = recorded.packages === wanted.packages;
  if (isInstalled && recorded.models === wanted.models && recorded.providers === wanted.providers) return;
  fs.rmSync(prismaRecord, { force: true });
  if (!isInstalled) installPrisma();
  say('generating the Prisma clients that the tests use');
  for (const provider of PRISMA_PROVIDERS) generatePrisma(provider);
  fs.writeFileSync(prismaRecord, `${JSON.stringify(wanted, undefined, 2)}\n`);
}

function installPrisma() {
  say(`installing Prisma for its tests into ${relative(root, prismaTarget)} (about 330 MB)`);
  fs.rmSync(prismaTarget, { recursive: true, force: true });
  fs.mkdirSync(prismaTarget, { recursive: true });
  for (const name of ['package.json', 'package-lock.json'])
    fs.copyFileSync(join(prismaSource, name), join(prismaTarget, name));
  const flags = ['--ignore-scripts', '--include=dev', '--no-audit', '--no-fund'];
  const installed = npm(['ci', ...flags], {}, prismaTarget);
  if (!installed.ok)
    giveUp('the packages of Prisma, which its tests need, could not be installed', installed);
  // The folder is inside the project, so Node finds the project's better-sqlite3, which has its native part.
  fs.rmSync(join(prismaTarget, 'node_modules/better-sqlite3'), { recursive: true });
}

function generatePrisma(provider) {
  const output = join(prismaTarget, provider);
  const schema = `${output}.prisma`;
  const head = `generator client {
  provider = "prisma-client-js"
  output   = ${JSON.stringify(output)}
}

datasource db {
  provider = "${provider}"
}
`;
  fs.writeFileSync(schema, `${head}\n${fs.readFileSync(join(prismaSource, 'models.prisma'), 'utf8')}`);
  // Any program will do as the engine: it must exist, but generating a client does not run it.
  const environment = { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' };
  const words = [join(prismaTarget, 'node_modules/prisma/build/index.js'), 'generate', '--schema', schema];
  const generated = run(process.execPath, words, environment, PRISMA_GENERATE_MS, prismaTarget);
  if (!generated.ok) giveUp(`the client of Prisma for ${provider} could not be generated`, generated);
}

function hashOf(name) {
  return createHash('sha256')
    .update(fs.readFileSync(join(prismaSource, name)))
    .digest('hex');
}
