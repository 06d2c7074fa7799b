/** A page is stored after its answer has left: it is asked for until the answer is the stored one. */
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
