import { scriptName, styleName } from '../assets/assets.js';
import { type Content, type Html, html } from './html.js';

/** Returns a whole page of the dashboard. All its references are below the mount, so it works at any mount path. */
export function layout(title: string, content: Content, { isLive = false } = {}): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${styleName}">
${isLive && html`<script src="${scriptName}" defer></script>`}
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
${content}
</body>
</html>
`;
}
