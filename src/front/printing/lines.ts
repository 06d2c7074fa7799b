/** What the configurations of all servers are made of: a comment, or a line that others may stand within. */
type Laid<S> = { readonly comment: string } | { readonly children?: readonly S[] };

/**
 * The lines of statements one after the other, each as its server's language has it. An empty line stands before a
 * comment, and before a block that has none.
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
