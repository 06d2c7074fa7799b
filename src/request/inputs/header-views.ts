import { ALL_HEADERS, type HeaderWalk } from './header-walk.js';

/** A name as requests have it, in lower case. */
const headerName = /^[a-z0-9!#$%&'*+.^_`|~-]+$/;
/** What libraries look for to find out what kind of object they have: a promise, an array, fetch's Headers. */
const members: ReadonlySet<string> = new Set([
  ...['then', 'get', 'set', 'has', 'append', 'delete', 'entries', 'keys', 'values', 'length', 'size', 'raw'],
  ...Object.getOwnPropertyNames(Object.prototype),
]);

/** Returns the headers in a form that notes each one that is read. */
export function viewOfHeaders(headers: object, walk: HeaderWalk): object {
  const put = new Set<string>();
  const isHeader = (name: string | symbol): name is string =>
    typeof name === 'string' && headerName.test(name) && !put.has(name) && !members.has(name);
  return new Proxy(headers, {
    get: (target, name) => {
      if (name === 'toJSON') walk.askForText();
      else if (isHeader(name)) walk.take(name);
      return Reflect.get(target, name);
    },
    has: (target, name) => {
      if (isHeader(name)) walk.take(name);
      return Reflect.has(target, name);
    },
    getOwnPropertyDescriptor: (target, name) => {
      // A serializer asks for this of each header before it takes the header.
      if (isHeader(name) && !walk.isDue(name)) walk.take(name);
      return Reflect.getOwnPropertyDescriptor(target, name);
    },
    set: (target, name, value) => {
      // The application may read what it has put there itself.
      if (typeof name === 'string') put.add(name);
      return Reflect.set(target, name, value);
    },
    ownKeys: (target) => {
      walk.list(Object.keys(target).filter(isHeader));
      return Reflect.ownKeys(target);
    },
  });
}

/** Returns the lines, names and values in turn. Reading a value counts as reading the header. */
export function viewOfLines(lines: readonly string[], walk: HeaderWalk): object {
  const values = () => Object.keys(lines).filter((index) => Number(index) % 2 === 1);
  return new Proxy(lines, {
    get: (target, key) => {
      if (key === 'toJSON') walk.askForText();
      else if (key === 'length' && !walk.isSerializing) walk.list(values());
      const index = typeof key === 'string' ? Number(key) : Number.NaN;
      if (index % 2 === 1) walk.take((target[index - 1] ?? '').toLowerCase(), String(index));
      else if (index % 2 === 0 && !walk.isSerializing) walk.take(ALL_HEADERS);
      return Reflect.get(target, key);
    },
  });
}
