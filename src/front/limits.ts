/** The limits of a server at work. If the app alone would not refuse a request or cut a response, the server does not either. */
export interface Limits {
  /**
   * The longest head of a request: its line and its headers together. Node counts only names and values, and answers
   * 431 itself. This leaves room for the characters between them.
   */
  readonly requestHeadBytes: number;
  /** Most heads fit in this: those of browsers have a kilobyte or two. A longer head takes two reads. */
  readonly usualHeadBytes: number;
  /** The longest head of a response. Node does not limit what it sends. This is its limit for what it receives. */
  readonly answerHeadBytes: number;
  /** The longest body of a request. `undefined` if the app decides. */
  readonly requestBodyBytes: number | undefined;
  /** How long a client may pause within a body. Node allows as much time for a whole request. */
  readonly requestPauseSeconds: number;
  /**
   * How long the app may be silent, and how long a WebSocket or a client that reads may be idle. Node waits forever.
   */
  readonly idleSeconds: number;
  /** How long connecting to the app may take. After that, the server tries another upstream. */
  readonly connectSeconds: number;
  /**
   * How many files a worker keeps open, pages and codings alike. Each takes a descriptor. Most systems give a worker
   * 1,024, and distributions let it have up to 768 connections. A worker without descriptors accepts no connections.
   */
  readonly openFiles: number;
  /** The same for a server that has {@link workerDescriptors}. */
  readonly openFilesOfWhole: number;
  readonly openFileIdleSeconds: number;
  /** How long an open file is used before its name is looked up again: 0, so that a deleted page is gone at once. */
  readonly openFileTrustedSeconds: number;
  /** After how many failures in a row a server stops using one of several upstreams, and for how long. */
  readonly upstreamFailures: number;
  readonly upstreamRestSeconds: number;
  /**
   * How many upstreams a server tries for one request if the first fails. A request that may change something is sent
   * once.
   */
  readonly upstreamAttempts: number;
  /** How many idle connections to the app a worker keeps. */
  readonly appConnections: number;
  /**
   * Less than the 5 s for which Node keeps an idle connection. Otherwise, a server would send requests into a closing
   * one.
   */
  readonly appIdleSeconds: number;
  /**
   * The connections of one worker. A request that the app answers takes two: the client's, and one to the app. Each
   * costs less than a kilobyte.
   */
  readonly workerConnections: number;
  /**
   * Every connection takes a descriptor, and so does every file that is kept open. The rest is for logs and sockets.
   */
  readonly workerDescriptors: number;
}

/** The limits that the site's owner may set: what the app accepts. */
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
