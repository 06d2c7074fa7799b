/** Shows what the server sends, without a reload. The page also works without this script. */
export const SCRIPT = `'use strict';
{
  const state = document.getElementById('live-state');
  const say = (text) => {
    if (state.textContent !== text) state.textContent = text;
  };
  /* What somebody reads or uses just now is left as it is. */
  const isInUse = (section) =>
    section.contains(document.activeElement) || section.querySelector('details[open]') !== null;
  const show = (id, text) => {
    const section = document.getElementById(id);
    if (section === null || isInUse(section)) return;
    const parsed = new DOMParser().parseFromString(text, 'text/html').getElementById(id);
    if (parsed !== null) section.replaceChildren(...parsed.childNodes);
  };
  const source = new EventSource('events' + location.search);
  source.addEventListener('open', () => say('Figures are live.'));
  source.addEventListener('sections', (event) => {
    for (const [id, text] of Object.entries(JSON.parse(event.data))) show(id, text);
  });
  source.addEventListener('error', () => {
    say(source.readyState === EventSource.CLOSED
      ? 'Figures are not live. Reload to see newer ones.'
      : 'The connection was lost; trying again.');
  });
}
`;
