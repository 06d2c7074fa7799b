import type { Answers } from '../answers.js';
import type { Front } from '../front.js';
import type { Layout } from '../layout.js';
import type { Limits } from '../limits.js';
import { APP } from './app.js';
import {
  block,
  comment,
  condition,
  directive,
  pattern,
  type Statement,
  variables,
  type Word,
} from './directives.js';
import { codings, typesBlock, validators } from './files.js';
import { folderOfPages } from './layout.js';
import { filesKeptOpen } from './limits.js';
import type { OwnOptions } from './options.js';
import { INCLUDING } from './server/includes.js';
import { alternative } from './server/listen.js';
import { pageHeaders } from './variants.js';

type PageOptions = Pick<OwnOptions, 'brotli' | 'form' | 'openFiles'>;

/** Returns the location of the pages. It gets all requests that no other location gets. */
export function pageLocation(front: Front, options: PageOptions): Statement {
  const { answers, layout, limits } = front;
  return block(
    ['location', '/'],
    ...lookup(front),
    ...openFiles(limits, layout, options),
    comment(
      'The compressed forms (.gz, .br) are stored beside their page; nothing is compressed on the fly. Vary is sent below, with every page: gzip_vary\n' +
        'would look for them even if the client accepts none, at about a tenth of the cost of a hit.',
    ),
    ...codings(answers, options.brotli),
    comment('The time of a file is derived from its content, for the ETag; it is not a date.'),
    ...validators(answers),
    typesBlock(answers),
    ...headers(front),
    ...alternative(front),
    ...typedLocations(answers),
  );
}

/** Returns locations within the location of the pages. They inherit everything that they do not set. */
function typedLocations({ typesOfPaths, typesOfPatterns }: Answers): readonly Statement[] {
  const locations = [
    ...Object.entries(typesOfPaths).map(([path, type]) => typedLocation(['=', pattern(path)], type)),
    ...typesOfPatterns.map(([source, type]) => typedLocation(['~', pattern(source)], type)),
  ];
  return locations.length === 0 ? [] : [comment('Pages with a type of their own.'), ...locations];
}

function typedLocation(where: readonly Word[], type: string): Statement {
  return block(
    ['location', ...where],
    NO_PAGE,
    directive('try_files', variables('$staticgenerator_page'), APP),
    block(['types']),
    directive('default_type', type),
  );
}

const NO_PAGE = block(['if', condition('($staticgenerator_page = "")')], directive('return', '404'));

function lookup({ layout, gate, includes }: Front): readonly Statement[] {
  return [
    directive('root', folderOfPages(layout, gate)),
    comment('A request that no page can answer goes to the app without a look at the disk.'),
    NO_PAGE,
    comment('So does a page that nginx cannot read, or that is deleted while nginx opens it.'),
    directive('error_page', '403', '404', '405', '500', '=', APP),
    directive('recursive_error_pages', 'on'),
    directive(
      'try_files',
      variables('$staticgenerator_page'),
      variables('$staticgenerator_json'),
      includes === undefined ? APP : INCLUDING,
    ),
  ];
}

function openFiles(
  limits: Limits,
  { seconds }: Layout,
  options: Pick<PageOptions, 'form' | 'openFiles'>,
): readonly Statement[] {
  const { openFileIdleSeconds, openFileTrustedSeconds } = limits;
  return [
    comment('nginx opens the file again for every request, so that a deleted page is gone at once.'),
    directive('open_file_cache', `max=${filesKeptOpen(limits, options)}`, `inactive=${openFileIdleSeconds}s`),
    directive('open_file_cache_valid', String(openFileTrustedSeconds)),
    directive('open_file_cache_errors', 'off'),
    comment(
      'If others than the app can write to the folder, this line makes nginx refuse their symbolic links, at some cost:\n' +
        `disable_symlinks on${seconds === undefined ? '' : ` from=$document_root/${seconds}/$staticgenerator_second`};`,
    ),
  ];
}

function headers({ answers, layout }: Front): readonly Statement[] {
  return [
    comment(
      'No add_header of the server applies here. Let the app send what all responses have, and declare it in `headers`.',
    ),
    ...pageHeaders(layout, answers).map(([name, value]) => directive('add_header', name, value)),
    ...answers.withheld.map((name) => directive('add_header', name, '')),
  ];
}
