import { createRequire } from 'node:module';
import type { Alternation, Concatenation, Element, Node, NoParent, Quantifier } from 'refa';

type Automata = typeof import('refa');
type Pattern = Readonly<Pick<RegExp, 'source' | 'flags'>>;
type Part = NoParent<Element>;
type Choice = Alternation | Quantifier;

const loadAutomata: () => Automata = () => createRequire(import.meta.url)('refa');

/**
 * Returns alternatives in a loop that take the same text, in one round or in several, such as `(?:\w|\d)+`: each round
 * doubles the ways that an engine tries. `undefined` if there are none. Skips those with look-around or back references.
 */
export function overlappingAlternatives(pattern: Pattern): string | undefined {
  const automata = loadAutomata();
  const parser = automata.JS.Parser.fromLiteral(pattern);
  try {
    const { expression, maxCharacter } = parser.parse({ backreferences: 'unknown', assertions: 'unknown' });
    const found = choicesIn(expression).find((choice) => overlaps(choice, { automata, maxCharacter }));
    return found && pattern.source.slice(found.source?.start, found.source?.end);
  } catch (error) {
    // No person writes a loop with so many states by mistake.
    if (error instanceof automata.TooManyNodesError) return undefined;
    throw error;
  }
}

interface Machines {
  readonly automata: Automata;
  readonly maxCharacter: number;
}

function overlaps(choice: Choice, { automata: { NFA, isDisjointWith }, maxCharacter }: Machines): boolean {
  const rest = restOfLoop(choice);
  if (rest === undefined) return false;
  const machineOf = (elements: Part[]) =>
    NFA.fromRegex({ type: 'Concatenation', elements }, { maxCharacter }, withoutUnknown);
  const afterwards = machineOf([...rest]);
  const machines = choice.alternatives.map(({ elements }) => {
    const machine = machineOf(elements);
    // A round that takes no character ends a loop.
    machine.withoutEmptyWord();
    machine.append(afterwards);
    return machine;
  });
  return machines.some((one, index) =>
    machines.slice(index + 1).some((other) => !isDisjointWith(one, other)),
  );
}

/** Leaves out elements that depend on more than the characters that they take. */
const withoutUnknown = { unknowns: 'disable', assertions: 'disable' } as const;

/** Returns all parts of a pattern that choose between alternatives. */
function choicesIn(node: Node): readonly Choice[] {
  if (node.type === 'Concatenation') return node.elements.flatMap(choicesIn);
  if (!('alternatives' in node)) return [];
  const within = node.alternatives.flatMap(choicesIn);
  const isChoice =
    (node.type === 'Alternation' || node.type === 'Quantifier') && node.alternatives.length > 1;
  return isChoice ? [node, ...within] : within;
}

/** Returns what follows a choice in a round of the outermost loop, and further rounds; `undefined` outside of loops. */
function restOfLoop(choice: Choice): readonly Part[] | undefined {
  const rest: Part[] = [];
  let inLoop: readonly Part[] | undefined;
  for (let node: Element = choice; ; ) {
    if (node.type === 'Quantifier') {
      rest.push({ ...node, min: 0 });
      if (node.max === Number.POSITIVE_INFINITY) inLoop = [...rest];
    }
    const { elements, parent }: Concatenation = node.parent;
    rest.push(...elements.slice(elements.indexOf(node) + 1));
    if (parent.type === 'Expression' || parent.type === 'Assertion') return inLoop;
    node = parent;
  }
}
