import { type HostView, hostsOf } from '../../cluster/overview/overview.js';
import { messageOf, systemErrorCode } from '../../errors.js';
import { type OwnDocument, ownDocument } from '../../operate/views/own-host.js';
import type { Look } from './look.js';

/** What `hosts --json` prints. */
export interface HostsDocument {
  /** For people; contains no passwords. */
  readonly bus: string;
  readonly termMilliseconds: number;
  /** `null` if the bus cannot be reached, or no host has ever used it. */
  readonly log: {
    readonly epoch: string;
    readonly last: number;
    readonly settled: boolean;
    readonly isCurrent: boolean;
  } | null;
  /** Why the bus cannot be reached; `null` if it can be. */
  readonly error: { readonly code: string | undefined; readonly message: string } | null;
  readonly hosts: readonly HostView[];
  readonly own: OwnDocument | null;
}

export function documentOf(look: Look): HostsDocument {
  const { cluster, survey, error, own } = look;
  return {
    ...{ bus: cluster.description, termMilliseconds: cluster.termMilliseconds },
    log: survey === undefined ? null : logOf(survey),
    error: error === undefined ? null : { code: systemErrorCode(error), message: messageOf(error) },
    ...{ hosts: hostsOf(look), own: ownDocument(own) },
  };
}

function logOf({ epoch, last, settled, isCurrent }: NonNullable<Look['survey']>): HostsDocument['log'] {
  return { epoch, last, settled, isCurrent };
}
