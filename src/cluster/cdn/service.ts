/** What to purge in addition to the URLs of a call, and until when. */
export interface PurgeOrder {
  /**
   * The tags by which pages were deleted, as the app gave them; their pages are among the URLs. For
   * services that purge by key.
   */
  readonly tags: readonly string[];
  /**
   * Whether to purge everything that the CDN has of the site. Then the URLs are those of `/`, for each host and scheme.
   */
  readonly all: boolean;
  /** Aborts when the call takes too long, and when the site is closed. */
  readonly signal: AbortSignal;
}

/**
 * Purges URLs at a CDN. Resolves when the CDN has accepted the purge. After a rejection of any kind, it is called
 * again. To purge a URL twice does no harm.
 */
export type PurgeUrls = (urls: readonly string[], order: PurgeOrder) => Promise<void>;

/** A CDN, or any cache in front of the site, as `cloudflare()`, `fastly()`, `cloudfront()` and `purge()` return it. */
export interface CdnService {
  /** The name that people see; contains no secrets. */
  readonly name: string;
  readonly purge: PurgeUrls;
  /** How many URLs a call may have. Default: 100. */
  readonly urlsPerCall?: number;
  /** The shortest time between the starts of two calls of a process, in milliseconds. Default: 0. */
  readonly millisecondsPerCall?: number;
}

/** The error of a purge that a CDN did not accept. */
export class PurgeRefusedError extends Error {
  override readonly name = 'PurgeRefusedError';
  /** The pause that the CDN asks for, in milliseconds; `undefined` if it did not say. */
  readonly retryAfterMs: number | undefined;
  /** What people can do about it; `undefined` if they can only wait. */
  readonly remedy: string | undefined;

  constructor(
    message: string,
    {
      retryAfterMs,
      remedy,
      cause,
    }: { retryAfterMs?: number | undefined; remedy?: string | undefined; cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.retryAfterMs = retryAfterMs;
    this.remedy = remedy;
  }
}
