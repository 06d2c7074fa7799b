/** Reports each test of node:test as a line of JSON: its name, how deep it is, and whether it passed. */
async function* report(source) {
  for await (const { type, data } of source) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    yield `${JSON.stringify({ name: data.name, nesting: data.nesting, passed: type === 'test:pass', why: data.details?.error?.cause?.message })}\n`;
  }
}

// biome-ignore lint/style/noDefaultExport: node:test looks for it
export { report as default };
