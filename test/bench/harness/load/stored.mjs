/** Limits the requests until a page is a hit: it is stored only after its response was sent. */
const MAX_TRIES = 500;

export async function makeHit(url) {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const response = await fetch(url);
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`${url} answers ${response.status}`);
    if (response.headers.get('cache-status')?.includes('hit')) return;
  }
  throw new Error(`${url} does not become a hit`);
}
