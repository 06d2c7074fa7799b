import { Link } from 'react-router';
import { posts } from '../posts.js';

export function loader() {
  return [...posts].map(([slug, { title }]) => ({ slug, title }));
}

export default function Home({ loaderData }) {
  return (
    <ul>
      {loaderData.map(({ slug, title }) => (
        <li key={slug}>
          <Link to={`/posts/${slug}`}>{title}</Link>
        </li>
      ))}
    </ul>
  );
}
