/** The form of a statement in every server's configuration: a comment, or a line that may contain other statements. */
type Laid<S> = { readonly comment: string } | { readonly children?: readonly S[] };

/**
 * Returns the lines of the statements in order, as `print` writes them. Except at the beginning, an empty line precedes
 * each comment, and each block without a comment.
 */
export function layOut<S extends Laid<S>>(
  statements: readonly S[],
  print: (statement: S) => readonly string[],
): string[] {
  return statements.flatMap((statement, index) => {
    const lines = print(statement);
    return isSetOff(statement, statements[index - 1]) ? ['', ...lines] : [...lines];
  });
}

function isSetOff<S>(statement: Laid<S>, before: Laid<S> | undefined): boolean {
  if (before === undefined) return false;
  return 'comment' in statement || (statement.children !== undefined && !('comment' in before));
}
