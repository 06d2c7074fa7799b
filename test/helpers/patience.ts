/**
 * How long a test waits for an event before it says that there is none. Far longer than anything takes, because a machine
 * may be busy with other things; shorter than the limit of a test, so that the failure says what was waited for.
 */
export const PATIENCE_MS = 60_000;
