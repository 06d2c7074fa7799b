import type { Limits } from '../limits.js';
import { comment, directive, type Statement } from './directives.js';
import type { OwnOptions } from './options.js';

/**
 * Returns the limits of requests. They are set in the server, because nginx reads a request before it knows the
 * location.
 */
export function requestLimits({
  usualHeadBytes,
  requestHeadBytes,
  requestBodyBytes,
  requestPauseSeconds,
}: Limits): readonly Statement[] {
  return [
    comment('Only the app limits how large a request may be and how long it may take.'),
    // Browsers send more than the default of one kilobyte; nginx would then read twice.
    directive('client_header_buffer_size', size(usualHeadBytes)),
    // A line must fit in one of these buffers.
    directive('large_client_header_buffers', '2', size(requestHeadBytes)),
    // 0: any length.
    directive('client_max_body_size', size(requestBodyBytes ?? 0)),
    directive('client_body_timeout', `${requestPauseSeconds}s`),
  ];
}

/** Returns how many files one worker keeps open. */
export function filesKeptOpen(
  limits: Limits,
  { form, openFiles }: Pick<OwnOptions, 'form' | 'openFiles'>,
): number {
  return openFiles ?? (form === 'whole' ? limits.openFilesOfWhole : limits.openFiles);
}

/** Returns the descriptors of one worker: enough for the files that it keeps open, and for everything else. */
export function descriptors(limits: Limits, options: Pick<OwnOptions, 'form' | 'openFiles'>): number {
  return limits.workerDescriptors + Math.max(0, filesKeptOpen(limits, options) - limits.openFilesOfWhole);
}

/** Returns the limits of the app's responses, and how data flows in both directions. */
export function proxyLimits({ answerHeadBytes, idleSeconds, connectSeconds }: Limits): readonly Statement[] {
  // Together the buffers must hold more than the part that is being sent.
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

/** The size of one buffer. nginx passes on a piece of a response when it fills a buffer. */
const BUFFER_BYTES = 4_096;
const KILOBYTE = 1_024;

function size(bytes: number): string {
  return bytes > 0 && bytes % KILOBYTE === 0 ? `${bytes / KILOBYTE}k` : String(bytes);
}
