import { headers } from 'next/headers';

/** Depends on the visitor, so it must never be a page. */
export default async function About() {
  return <p>You use {(await headers()).get('user-agent')}</p>;
}
