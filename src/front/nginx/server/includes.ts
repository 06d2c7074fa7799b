import type { Includes } from '../../answers.js';
import type { Front } from '../../front.js';
import { APP, proxied } from '../app.js';
import { block, comment, directive, own, type Statement, variables } from '../directives.js';
import { folderOfPages } from '../layout.js';
import { varyingHeaders } from '../variants.js';
import { alternative } from './listen.js';

/** The location of pages with includes. nginx tries it if there is no file of another page. */
export const INCLUDING = own('@staticgenerator_including');

/** Returns the locations of pages with includes, and of the islands that are inserted into them. */
export function includeLocations(front: Front): readonly Statement[] {
  const { includes } = front;
  if (includes === undefined) return [];
  return [
    comment(
      'Pages with islands that nginx inserts. Their files have names of their own. nginx searches only these files for directives, which the app\n' +
        'has written. They are compressed while they are sent, because every response is different.',
    ),
    block(['location', INCLUDING], ...pages(front, includes)),
    comment(
      'An island, for the visitor of the page. Only nginx itself requests it. If the app fails, the fallback is sent.',
    ),
    block(['location', '=', includes.path], ...island(front, includes)),
  ];
}

function pages(front: Front, { suffix, type, headers, maxTargetBytes }: Includes): readonly Statement[] {
  const { layout, gate } = front;
  return [
    directive('root', folderOfPages(layout, gate)),
    directive('error_page', '403', '404', '405', '500', '=', APP),
    directive('recursive_error_pages', 'on'),
    directive('try_files', variables(`$staticgenerator_page${suffix}`), APP),
    directive('open_file_cache', 'off'),
    directive('ssi', 'on'),
    directive('ssi_types', '*'),
    directive('ssi_silent_errors', 'on'),
    directive('ssi_last_modified', 'off'),
    directive('ssi_value_length', String(maxTargetBytes)),
    directive('gzip_static', 'off'),
    // The lowest level: for 20 kB, it takes a sixth of a millisecond, and leaves less than half of the bytes.
    directive('gzip', 'on'),
    directive('gzip_comp_level', '1'),
    directive('gzip_types', '*'),
    directive('gzip_proxied', 'any'),
    directive('etag', 'off'),
    directive('if_modified_since', 'off'),
    directive('max_ranges', '0'),
    directive('expires', 'off'),
    directive('charset', 'off'),
    block(['types']),
    directive('default_type', type),
    ...headers.map(([name, value]) => directive('add_header', name, value)),
    ...varyingHeaders(layout).map(([name, value]) => directive('add_header', name, value)),
    ...alternative(front),
  ];
}

function island(front: Front, { mark, timeoutSeconds }: Includes): readonly Statement[] {
  return [
    directive('internal'),
    directive('error_page', '404', '=', APP),
    directive('ssi', 'off'),
    directive('gzip', 'off'),
    ...proxied(front),
    directive('proxy_set_header', ...mark),
    directive('proxy_set_header', 'Accept-Encoding', ''),
    directive('proxy_set_header', 'Content-Length', ''),
    directive('proxy_pass_request_body', 'off'),
    // The surrounding server may keep responses, even those whose headers forbid it.
    directive('proxy_cache', 'off'),
    directive('proxy_store', 'off'),
    directive('proxy_intercept_errors', 'off'),
    directive('proxy_connect_timeout', `${timeoutSeconds}s`),
    directive('proxy_read_timeout', `${timeoutSeconds}s`),
    directive('proxy_next_upstream', 'error'),
  ];
}
