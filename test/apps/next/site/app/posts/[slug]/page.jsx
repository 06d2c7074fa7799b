const slugs = ['first', 'second'];

export const dynamicParams = false;

export function generateStaticParams() {
  return slugs.map((slug) => ({ slug }));
}

export default async function Post({ params }) {
  const { slug } = await params;
  return <h1>The {slug} post</h1>;
}
