/**
 * Whether the optional programs are required: a browser, other servers, databases. Without them, their tests are
 * skipped.
 */
export const isAllRequired = process.env.CI === 'true';

export function say(line) {
  console.log(`prepare: ${line}`);
}

/**
 * Prints the command that failed and the first and last lines of its output: npm gives the reason first, a compiler
 * last.
 */
export function warn(problem, failed) {
  console.error(`prepare: ${problem}`);
  if (failed === undefined) return;
  console.error(`prepare: this failed with ${failed.outcome}: ${failed.command}`);
  const lines = failed.output.trim().split('\n');
  const shown = lines.length > 40 ? [...lines.slice(0, 20), '…', ...lines.slice(-20)] : lines;
  for (const line of shown) console.error(`  ${line}`);
}

/**
 * Prints a warning only if the optional programs are required. Otherwise one line elsewhere says that tests are
 * skipped.
 */
export function warnIfRequired(problem, failed) {
  if (isAllRequired) warn(problem, failed);
}

export function giveUp(problem, failed) {
  warn(problem, failed);
  process.exit(1);
}
