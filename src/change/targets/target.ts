/** An object that knows its pages: a record with a page of its own. */
export interface HasAbsoluteUrl {
  getAbsoluteUrl(): string | readonly string[] | Promise<string | readonly string[]>;
}

/** A model class whose instances have pages. `all()` returns the instances, at once or one by one. */
export interface HasAll {
  all(): Iterable<Target> | AsyncIterable<Target> | Promise<Iterable<Target> | AsyncIterable<Target>>;
}

/** What quickDelete and quickPublish accept. */
export type Target =
  | string
  | URL
  | { readonly tag: string | readonly string[] }
  | HasAbsoluteUrl
  | HasAll
  | Iterable<Target>
  | AsyncIterable<Target>;

/** What every target is reduced to: a text, the address of a record, a URL or a tag. */
export type WrittenTarget = string | { readonly address: string } | URL | { readonly tag: unknown };

/** Finds the records of a model class that an adapter knows. */
export type FindRecords = (model: object) => AsyncIterable<unknown> | undefined;
