/**
 * Throws if a subject does not answer as it is to be measured: with 200, in the coding that is named, and, if it is ours,
 * from a page.
 */
export async function checkAnswer({ name, url, headers }, { isOwn, coding }) {
  const response = await fetch(url, { headers: { 'Accept-Encoding': 'identity', ...headers } });
  await response.arrayBuffer();
  const got = response.headers.get('content-encoding') ?? 'identity';
  const isHit = !isOwn || /^staticgenerator; hit/.test(response.headers.get('cache-status') ?? '');
  if (response.status !== 200 || !isHit || got !== (coding ?? got))
    throw new Error(`${name} answers ${url} with ${response.status}, ${got}`);
}
