/** The numbers of a server at work. A request is not refused, and an answer not cut, where the app alone would do neither. */
export interface Limits {
  /**
   * The longest head of a request, its line and its headers together. Node counts names and values only, and answers 431
   * itself; this leaves room for what stands between them.
   */
  readonly requestHeadBytes: number;
  /** Most heads fit in this: those of browsers have a kilobyte or two. A longer one takes two reads. */
  readonly usualHeadBytes: number;
  /** The longest head of an answer. Node has no limit for what it sends, but for what it receives, and that is this. */
  readonly answerHeadBytes: number;
  /** The longest body of a request. Undefined: the app decides. */
  readonly requestBodyBytes: number | undefined;
  /** How long a client may pause within a body. Node gives a whole request as much. */
  readonly requestPauseSeconds: number;
  /** How long the app may be silent, and a WebSocket or a client that reads be idle. Node waits for ever. */
  readonly idleSeconds: number;
  /** How long a connection to the app may take. After that, another upstream is asked. */
  readonly connectSeconds: number;
  /**
   * How many files a worker keeps open, pages and codings alike. Each is a descriptor. Most systems give a worker 1,024, and
   * distributions let it take up to 768 connections; a worker without descriptors accepts none.
   */
  readonly openFiles: number;
  /** The same where {@link workerDescriptors} are there. */
  readonly openFilesOfWhole: number;
  readonly openFileIdleSeconds: number;
  /** For how long an open file is used without a look at its name: not at all, so that a deleted page is gone at once. */
  readonly openFileTrustedSeconds: number;
  /** After how many failures in a row one of several upstreams is given a rest, and for how long. */
  readonly upstreamFailures: number;
  readonly upstreamRestSeconds: number;
  /** How many upstreams are asked for one request, where the first fails. One that may change something is asked for once. */
  readonly upstreamAttempts: number;
  /** How many idle connections to the app a worker keeps. */
  readonly appConnections: number;
  /** After the 5 s for which Node keeps an idle connection, a server would send requests into a closing one. */
  readonly appIdleSeconds: number;
  /** Of one worker. A request that the app answers has two: the client's, and one to the app. Each costs less than a kilobyte. */
  readonly workerConnections: number;
  /** Every connection has one, and so has every file that is kept open; the rest is for logs and sockets. */
  readonly workerDescriptors: number;
}

/** What the site's owner may decide: what the app takes. */
export interface AppLimits {
  /** The app's `--max-http-header-size`. */
  readonly maxHeaderBytes: number;
  readonly maxBodyBytes: number | undefined;
}

const MEMORY_PAGE_BYTES = 4_096;

export function describeLimits({ maxHeaderBytes, maxBodyBytes }: AppLimits): Limits {
  const headBytes = Math.ceil((2 * maxHeaderBytes) / MEMORY_PAGE_BYTES) * MEMORY_PAGE_BYTES;
  return {
    requestHeadBytes: headBytes,
    answerHeadBytes: headBytes,
    requestBodyBytes: maxBodyBytes,
    requestPauseSeconds: 300,
    idleSeconds: 86_400,
    connectSeconds: 10,
    upstreamFailures: 1,
    upstreamRestSeconds: 10,
    upstreamAttempts: 2,
    usualHeadBytes: MEMORY_PAGE_BYTES,
    openFiles: 200,
    openFilesOfWhole: 4_000,
    openFileIdleSeconds: 60,
    openFileTrustedSeconds: 0,
    appConnections: 32,
    appIdleSeconds: 4,
    workerConnections: 4_096,
    workerDescriptors: 10_000,
  };
}
