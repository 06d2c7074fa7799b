/** An object that knows its pages: a record with a page of its own. */
export interface HasAbsoluteUrl {
  getAbsoluteUrl(): string | readonly string[] | Promise<string | readonly string[]>;
}

/** A model class whose instances have pages; `all()` gives them, at once or bit by bit. */
export interface HasAll {
  all(): Iterable<Target> | AsyncIterable<Target> | Promise<Iterable<Target> | AsyncIterable<Target>>;
}

/** What can be named to quickDelete and quickPublish. */
export type Target =
  | string
  | URL
  | { readonly tag: string | readonly string[] }
  | HasAbsoluteUrl
  | HasAll
  | Iterable<Target>
  | AsyncIterable<Target>;

/** What every target comes down to: text, the address that a record gives, a URL or a tag. */
export type WrittenTarget = string | { readonly address: string } | URL | { readonly tag: unknown };

/** Finds the records of a model class that an adapter knows. */
export type FindRecords = (model: object) => AsyncIterable<unknown> | undefined;
