/**
 * How long a test waits for an event before it fails. Far longer than anything takes, because a machine may be busy
 * with other things; shorter than the time limit of a test, so that the failure says what the test waited for.
 */
export const PATIENCE_MS = 60_000;
