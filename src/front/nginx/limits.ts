import type { Limits } from '../limits.js';
import { comment, directive, type Statement } from './directives.js';
import type { OwnOptions } from './options.js';

/** What a request may be: in the server, since it is read before its location is known. */
export function requestLimits({
  usualHeadBytes,
  requestHeadBytes,
  requestBodyBytes,
  requestPauseSeconds,
}: Limits): readonly Statement[] {
  return [
    comment('Only the app limits how large a request may be and how long it may take.'),
    // Browsers send more than the kilobyte that is the default; then nginx would read twice.
    directive('client_header_buffer_size', size(usualHeadBytes)),
    // A line has to fit in one of them.
    directive('large_client_header_buffers', '2', size(requestHeadBytes)),
    // 0: any length.
    directive('client_max_body_size', size(requestBodyBytes ?? 0)),
    directive('client_body_timeout', `${requestPauseSeconds}s`),
  ];
}

/** Of one worker. */
export function filesKeptOpen(
  limits: Limits,
  { form, openFiles }: Pick<OwnOptions, 'form' | 'openFiles'>,
): number {
  return openFiles ?? (form === 'whole' ? limits.openFilesOfWhole : limits.openFiles);
}

/** Of one worker: enough for the files that it keeps open, beside all else. */
export function descriptors(limits: Limits, options: Pick<OwnOptions, 'form' | 'openFiles'>): number {
  return limits.workerDescriptors + Math.max(0, filesKeptOpen(limits, options) - limits.openFilesOfWhole);
}

/** What an answer of the app may be, and how both directions flow. */
export function proxyLimits({ answerHeadBytes, idleSeconds, connectSeconds }: Limits): readonly Statement[] {
  // Together they must hold more than the part that is being sent.
  const buffers = (2 * answerHeadBytes) / BUFFER_BYTES;
  return [
    comment(
      'Uploads reach the app as they arrive. Its responses may have long headers. With X-Accel-Buffering: no, each piece of a response is\n' +
        'passed on at once. The app may take a day to respond, and a WebSocket may be silent for as long.',
    ),
    directive('proxy_request_buffering', 'off'),
    directive('proxy_buffer_size', size(answerHeadBytes)),
    directive('proxy_buffers', String(buffers), size(BUFFER_BYTES)),
    directive('proxy_busy_buffers_size', size(answerHeadBytes)),
    directive('proxy_connect_timeout', `${connectSeconds}s`),
    directive('proxy_read_timeout', `${idleSeconds}s`),
    directive('proxy_send_timeout', `${idleSeconds}s`),
    directive('send_timeout', `${idleSeconds}s`),
    directive('proxy_socket_keepalive', 'on'),
  ];
}

/** A piece of an answer is passed on when it fills one. */
const BUFFER_BYTES = 4_096;
const KILOBYTE = 1_024;

function size(bytes: number): string {
  return bytes > 0 && bytes % KILOBYTE === 0 ? `${bytes / KILOBYTE}k` : String(bytes);
}
