// Only the needed parts of css-tree. The whole has more than a hundred files, which each start of a command would read.
declare module 'css-tree/tokenizer' {
  export { tokenize, tokenTypes } from 'css-tree';
}

declare module 'css-tree/utils' {
  export { string, url } from 'css-tree';
}
