import * as fs from 'node:fs';
import { join, relative } from 'node:path';
import { cloneTag, npm, run } from '../prepare/command.mjs';
import { giveUp, say } from '../prepare/messages.mjs';
import { root } from '../prepare/places.mjs';

const given = process.env.STATICGENERATOR_SUITES;
const folderOfAll = given ?? join(root, 'test/.artefacts/suites');

/** Returns the folder of a suite's checkout, in which the suite's packages are installed. */
export function prepareSuite(name, { repository, tag, before }) {
  const folder = join(folderOfAll, name);
  if (!fs.existsSync(folder)) {
    if (given !== undefined) giveUp(`STATICGENERATOR_SUITES has no folder ${name} with ${repository} ${tag}`);
    say(`cloning ${repository} ${tag} into ${relative(root, folder)}`);
    must(cloneTag({ repository, tag }, folder), repository);
  }
  if (!fs.existsSync(join(folder, 'node_modules'))) {
    say(`installing what the suite ${name} needs`);
    must(
      npm(['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'], {}, folder),
      name,
    );
  }
  if (before !== undefined) must(run(before[0], before.slice(1), {}, undefined, folder), name);
  return folder;
}

function must(outcome, name) {
  if (!outcome.ok) giveUp(`the suite of ${name} could not be prepared`, outcome);
}
