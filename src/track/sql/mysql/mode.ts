/** What decides how a text of MySQL or MariaDB is cut: modes of the session, and the version of the server. */
export interface MysqlMode {
  /** Whether a backslash in a text escapes what is behind it; not so with NO_BACKSLASH_ESCAPES. */
  readonly hasEscapes: boolean;
  /** Whether `"` encloses names, as with ANSI_QUOTES, and not texts. */
  readonly hasAnsiQuotes: boolean;
  /** Whether what is in comments such as `/*!50001 … *\/` is carried out. */
  readonly runsComments: boolean;
}
