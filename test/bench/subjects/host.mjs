// A host of a site: an instance with its own folder and ledger, and no visitors: node host.mjs <folder> [cluster as JSON]. Asked over IPC.
import { staticGenerator } from '../../../dist/index.js';
import { answerQuestions } from '../compare/subjects/answers.mjs';
import { sharing } from '../harness/hosts/cluster.mjs';
import { optionsOf } from '../harness/pages/many-pages.mjs';

const [, , folder, settings] = process.argv;
const shared = settings === undefined ? undefined : sharing(JSON.parse(settings));
const pages = staticGenerator({ ...optionsOf(folder), ...shared?.options });
pages.attach((_request, response) => response.end());

const answers = {
  /** Returns the milliseconds of each deletion. They run one after the other. */
  async delete({ paths }) {
    const times = [];
    for (const path of paths) {
      const startedAt = performance.now();
      await pages.quickDelete(path);
      times.push(performance.now() - startedAt);
    }
    return times;
  },
};

await shared?.serving;
answerQuestions(answers, { ready: {}, close: () => pages.close().catch(() => undefined) });
