import { data } from 'react-router';
import { posts } from '../posts.js';

export function loader({ params }) {
  const post = posts.get(params.slug);
  if (post === undefined) throw data('There is no such post', { status: 404 });
  return post;
}

export default function Post({ loaderData: { title, edits } }) {
  return (
    <main>
      <h1>{title}</h1>
      <p>Edited {edits} times</p>
    </main>
  );
}
