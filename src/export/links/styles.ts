import { Parser } from 'htmlparser2';
import { scanCss } from '../../assets/collect/rewrite/css.js';

/** Returns what a style sheet loads. */
export function linksOfCss(css: string): readonly string[] {
  return scanCss(css).flatMap(({ kind, url }) =>
    kind === 'link' && !/^(?:$|#|data:)/i.test(url) ? [url] : [],
  );
}

/** Returns what the styles within a page load: those of `<style>` and of `style` attributes. */
export function linksOfInlineStyles(html: string): readonly string[] {
  if (!/style/i.test(html)) return [];
  const styles: string[] = [];
  let inStyle = false;
  const parser = new Parser({
    onopentag: (element, { style }) => {
      inStyle = element === 'style';
      if (style !== undefined) styles.push(style);
    },
    ontext: (text) => void (inStyle && styles.push(text)),
    onclosetag: () => {
      inStyle = false;
    },
  });
  parser.end(html);
  return styles.flatMap(linksOfCss);
}
