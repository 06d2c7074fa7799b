/** What changes a default list of names. */
export interface NameChanges {
  /** Names besides the default ones. */
  readonly add?: readonly string[];
  /** Default names that are not wanted. */
  readonly remove?: readonly string[];
}

/** Names of cookies, parameters or headers: an array replaces the default list, `{ add, remove }` changes it. */
export type NameList = readonly string[] | NameChanges;
