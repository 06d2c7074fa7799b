/** Set because the folders above this one contain other lock files. */
export default { outputFileTracingRoot: import.meta.dirname };
