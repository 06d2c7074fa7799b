/** What decides how MySQL or MariaDB splits a text into tokens: modes of the session, and the version of the server. */
export interface MysqlMode {
  /** Whether a backslash in a string escapes the next character. It does not with NO_BACKSLASH_ESCAPES. */
  readonly hasEscapes: boolean;
  /** Whether `"` encloses names, as with ANSI_QUOTES, and not strings. */
  readonly hasAnsiQuotes: boolean;
  /** Whether the server executes the code in comments such as `/*!50001 … *\/`. */
  readonly runsComments: boolean;
}
