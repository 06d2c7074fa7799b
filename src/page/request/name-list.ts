/** Changes to a default list of names. */
export interface NameChanges {
  /** Names in addition to the default ones. */
  readonly add?: readonly string[];
  /** Default names to leave out. */
  readonly remove?: readonly string[];
}

/** Names of cookies, parameters or headers: an array replaces the default list, `{ add, remove }` changes it. */
export type NameList = readonly string[] | NameChanges;
