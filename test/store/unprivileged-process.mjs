// Run by unprivileged.ts in a process of its own: runs the actions that it receives, and reports the outcome. It loads
// the build, because compiling the sources would take it several seconds.
import { systemErrorCode } from '../../dist/errors.js';
import { contentHash } from '../../dist/store/content-hash.js';
import { PageStore } from '../../dist/store/page-store.js';
import { locateWebRoot, prepareWebRoot } from '../../dist/store/web-root.js';

/** The actions by name. Each gets the order, with the path of WEB_ROOT, and the store of that WEB_ROOT. */
const actions = {
  prepare: ({ path }) => prepareWebRoot(locateWebRoot(path)),
  async write({ file, body }, store) {
    const bytes = Buffer.from(body);
    const staged = await store.stage(bytes, contentHash(bytes), 'text/html');
    try {
      store.place(staged, file);
    } finally {
      await store.discard(staged);
    }
  },
  remove: ({ file }, store) => store.remove(file),
  hide: ({ file }, store) => store.hide(file),
  open: ({ file }, store) => store.read(file, undefined)?.size,
  sweep: (_, store) => store.sweep(0),
};

process.on('message', async (order) => {
  try {
    const result = await actions[order.action](order, new PageStore(locateWebRoot(order.path)));
    process.send({ result });
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    process.send({ code: systemErrorCode(error) ?? String(error), cause: systemErrorCode(cause) });
  }
});
