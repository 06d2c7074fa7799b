/**
 * Throws unless a subject answers as the measurement expects: with status 200, in the named coding, and, if it is ours,
 * with a hit.
 */
export async function checkAnswer({ name, url, headers }, { isOwn, coding }) {
  const response = await fetch(url, { headers: { 'Accept-Encoding': 'identity', ...headers } });
  await response.arrayBuffer();
  const got = response.headers.get('content-encoding') ?? 'identity';
  const isHit = !isOwn || /^staticgenerator; hit/.test(response.headers.get('cache-status') ?? '');
  if (response.status !== 200 || !isHit || got !== (coding ?? got))
    throw new Error(`${name} answers ${url} with ${response.status}, ${got}`);
}
