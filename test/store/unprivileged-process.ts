/** Run by unprivileged.ts in a process of its own: does what it is told to, and tells what came of it. */
import { systemErrorCode } from '../../src/errors.js';
import { contentHash } from '../../src/store/content-hash.js';
import { PageStore } from '../../src/store/page-store.js';
import { locateWebRoot, prepareWebRoot } from '../../src/store/web-root.js';

interface Order {
  readonly action: string;
  /** WEB_ROOT. */
  readonly path: string;
  readonly file: string;
  readonly body: string;
}

type Action = (order: Order, store: PageStore) => unknown;

const actions: Readonly<Record<string, Action>> = {
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

process.on('message', async (order: Order) => {
  try {
    const result = await actions[order.action]?.(order, new PageStore(locateWebRoot(order.path)));
    process.send?.({ result });
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    process.send?.({ code: systemErrorCode(error) ?? String(error), cause: systemErrorCode(cause) });
  }
});
