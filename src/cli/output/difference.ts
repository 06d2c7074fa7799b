import { explainReason } from '../../page/reasons.js';
import type { PageDifference } from '../../publish/verify/verify.js';
import type { Output } from './output.js';
import { printable } from './table.js';

/** Returns lines for people that show how a stored page differs from what the app renders. */
export function differenceLines(
  output: Output,
  { path, isVolatile, difference }: PageDifference,
): readonly string[] {
  const volatile = isVolatile ? ': it changes with every render' : '';
  const title = (text: string) => output.style('bold', printable(`${path}  ${text}`));
  if ('damaged' in difference) return [title('its files differ from those that were stored')];
  if ('refusal' in difference) {
    const { reason, detail = '' } = difference.refusal;
    return [title(`would not be stored now, ${reason}${detail && ` (${detail})`}: ${explainReason(reason)}`)];
  }
  const { headers, body } = difference;
  return [
    title(`differs${volatile}`),
    ...headers.flatMap(({ name, stored, rendered }) => [
      ...(stored === undefined ? [] : [removed(output, `-${name}: ${stored}`)]),
      ...(rendered === undefined ? [] : [added(output, `+${name}: ${rendered}`)]),
    ]),
    ...(body === undefined ? [] : bodyLines(output, body)),
  ];
}

function bodyLines(
  output: Output,
  body: NonNullable<Extract<PageDifference['difference'], { readonly body: unknown }>['body']>,
): readonly string[] {
  if ('binary' in body)
    return [`binary: ${body.binary.storedBytes} bytes stored, ${body.binary.renderedBytes} bytes rendered`];
  return body.diff
    .trimEnd()
    .split('\n')
    .map((line) => {
      if (line.startsWith('-')) return removed(output, line);
      return line.startsWith('+') ? added(output, line) : shown(line);
    });
}

function removed(output: Output, line: string): string {
  return output.style('red', shown(line));
}

function added(output: Output, line: string): string {
  return output.style('green', shown(line));
}

/** Keeps tabs, which indent, and escapes everything else that could harm a terminal. */
function shown(line: string): string {
  return line.split('\t').map(printable).join('\t');
}
