import type { PageEntry } from '../../ledger/ledger.js';
import { fileOf } from '../../page/layout.js';
import type { Audience } from '../../page/request/audience.js';
import type { PageRequest } from '../../page/request/gate.js';
import type { Storable } from '../../page/response/rules.js';
import type { StagedPage } from '../../store/stage-page.js';
import type { StoredContent } from '../includes/stored-content.js';
import type { ReadPage } from '../inputs/read-watch.js';

/** What a render knows about its page. */
export interface RenderedPage {
  readonly request: Pick<PageRequest, 'page' | 'host'>;
  readonly nginxOutdated: boolean;
  readonly context: { readonly tags: ReadonlySet<string> };
  readonly audienceOf: (page: ReadPage) => Audience | undefined;
}

/** What is stored of a render. */
export interface StagedContent {
  readonly content: StoredContent;
  readonly store: Storable;
  readonly staged: StagedPage;
  readonly hash: string;
  /** Returns a new name for a page that only Node serves. */
  readonly nodeOnlyFile: () => string;
}

/** Returns what the ledger records about a page, with the path of its file. */
export function pageEntry(
  render: RenderedPage,
  { content, store, staged, hash, nodeOnlyFile }: StagedContent,
): PageEntry {
  const { page, host } = render.request;
  const { body, suffix } = content;
  const audience = render.audienceOf({ headers: store.headers, body });
  const isAsNginxSends = store.nodeOnly.length === 0 && content.isForNginx;
  const isForNginx = !render.nginxOutdated && isAsNginxSends && audience === undefined;
  const extension = isForNginx ? store.extension : undefined;
  const file = extension && joinHost(host, fileOf(page, extension));
  return {
    file: `${file ?? nodeOnlyFile()}${suffix}`,
    headers: file === undefined ? store.headers : undefined,
    audience,
    ...{ host, path: page.path, decoded: page.decoded, tags: new Set(render.context.tags) },
    ...{ codings: [...staged.codings.keys()], bytes: body.length, hash, expiresAt: store.expiresAt },
    bytesOnDisk: staged.bytesOnDisk,
  };
}

function joinHost(host: string, file: string): string {
  return host === '' ? file : `${host}/${file}`;
}
