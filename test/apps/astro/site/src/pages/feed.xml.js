export function GET() {
  return new Response('<rss version="2.0"/>', {
    headers: { 'Content-Type': 'application/xml; charset=utf-8' },
  });
}
