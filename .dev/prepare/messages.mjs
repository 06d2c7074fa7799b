/** Whether what tests can be skipped without, a browser, other servers and databases, is required. */
export const isAllRequired = process.env.CI === 'true';

export function say(line) {
  console.log(`prepare: ${line}`);
}

/** Shows what failed and both ends of what it said: npm gives its reason first, a compiler last. */
export function warn(problem, failed) {
  console.error(`prepare: ${problem}`);
  if (failed === undefined) return;
  console.error(`prepare: this failed with ${failed.outcome}: ${failed.command}`);
  const lines = failed.output.trim().split('\n');
  const shown = lines.length > 40 ? [...lines.slice(0, 20), '…', ...lines.slice(-20)] : lines;
  for (const line of shown) console.error(`  ${line}`);
}

/** Where its tests may be skipped, one line that says so is enough. */
export function warnIfRequired(problem, failed) {
  if (isAllRequired) warn(problem, failed);
}

export function giveUp(problem, failed) {
  warn(problem, failed);
  process.exit(1);
}
