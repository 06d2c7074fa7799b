/** The numbers of a server at work. */
export interface Limits {
  /**
   * How many files a worker keeps open, pages and codings alike. Each is a descriptor. Most systems give a worker 1,024, and
   * distributions let it take up to 768 connections; a worker without descriptors accepts none.
   */
  readonly openFiles: number;
  readonly openFileIdleSeconds: number;
  /** For how long an open file is used without a look at its name: not at all, so that a deleted page is gone at once. */
  readonly openFileTrustedSeconds: number;
  /** How many idle connections to the app a worker keeps. */
  readonly appConnections: number;
  /** After the 5 s for which Node keeps an idle connection, a server would send requests into a closing one. */
  readonly appIdleSeconds: number;
  /** Of one worker. A request that the app answers has two: the client's, and one to the app. Each costs less than a kilobyte. */
  readonly workerConnections: number;
  /** Every connection may be sent a file; the rest is for logs, sockets and files that are kept open. */
  readonly workerDescriptors: number;
}

export const limits: Limits = Object.freeze({
  openFiles: 200,
  openFileIdleSeconds: 60,
  openFileTrustedSeconds: 0,
  appConnections: 32,
  appIdleSeconds: 4,
  workerConnections: 4_096,
  workerDescriptors: 10_000,
});
