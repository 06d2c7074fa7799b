/** Other lock files lie above this folder. */
export default { outputFileTracingRoot: import.meta.dirname };
