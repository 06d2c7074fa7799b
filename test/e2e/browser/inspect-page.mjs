// Runs inside the browser, as text. Reports elements that are wider than the screen, and text that is hard to read
// against its background (WCAG 2.2, 1.4.3).

const LARGE_PIXELS = 24;

export function inspectPage() {
  const elements = [...document.body.querySelectorAll('*')].filter((element) => element.checkVisibility());
  const screen = document.documentElement.clientWidth;
  const isTooWide = document.documentElement.scrollWidth > screen;
  const overflow = isTooWide ? elements.filter((one) => one.getBoundingClientRect().right > screen + 1) : [];
  return { overflow: overflow.map(describe), faint: elements.filter(isFaint).map(describe) };
}

function isFaint(element) {
  const hasText = [...element.childNodes].some(
    (node) => node.nodeType === Node.TEXT_NODE && /\S/.test(node.data),
  );
  if (!hasText) return false;
  const { color, fontSize } = getComputedStyle(element);
  const [dark, light] = [luminance(color), luminance(backgroundOf(element))].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05) < (Number.parseFloat(fontSize) >= LARGE_PIXELS ? 3 : 4.5);
}

function backgroundOf(element) {
  for (let one = element; one !== null; one = one.parentElement) {
    const { backgroundColor } = getComputedStyle(one);
    if (backgroundColor !== 'rgba(0, 0, 0, 0)') return backgroundColor;
  }
  return 'rgb(255, 255, 255)';
}

function luminance(color) {
  const [red, green, blue] = color.match(/[\d.]+/g).map((part) => {
    const share = Number(part) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function describe(element) {
  return `${element.tagName.toLowerCase()}.${element.className}: ${element.textContent.trim().slice(0, 40)}`;
}
