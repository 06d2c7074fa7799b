import { createRequire } from 'node:module';
import type { AnalysisResult, Literal, Report, TradeReport } from 'scslre';
import { overlappingAlternatives } from './overlapping-alternatives.js';

type Analysis = typeof import('scslre');
type Pattern = AnalysisResult['parsed']['pattern'];
type Quantifier = TradeReport['startQuant'];

/** The longest decoded path of a page, and the longest name in it: the limits of the layout. */
const LONGEST_PATH = 3000;
const LONGEST_NAME = 255;
/** The steps that an engine can do in two or three seconds. */
const MOST_STEPS = 1e9;

/** Loads the analysis for the few patterns that need it: it takes 50 ms and 10 MB. */
const loadAnalysis: () => Analysis = () => createRequire(import.meta.url)('scslre');

/** Returns what an option expects instead of a slow pattern; `undefined` if the pattern decides every path at once. */
export function expectedSpeed(pattern: RegExp | string): string | undefined {
  const slow = whatIsSlow(new RegExp(pattern));
  if (slow === undefined) return undefined;
  return (
    `a regular expression that decides every URL quickly: ${slow} can match one text in so many ways that a single URL blocks ` +
    'the process for seconds or forever; let each part end where the next begins, such as `[^/]+`'
  );
}

/**
 * Returns what a pattern repeats in so many ways that some paths take seconds, or forever: an engine tries all ways
 * before it gives up. The result has the words of a message. `undefined` if every path is decided at once.
 */
export function whatIsSlow(pattern: RegExp): string | undefined {
  if (!mayBeSlow(pattern.source)) return undefined;
  // The flags for searching a text do not change the cost of one test.
  const literal = { source: pattern.source, flags: pattern.flags.replace(/[dgy]/g, '') };
  const analysed = analysisOf(literal);
  if (analysed === undefined) return undefined;
  const { reports, parsed } = analysed;
  const endless = reports.find(({ exponential }) => exponential);
  if (endless !== undefined) return named([endless]);
  const slow = slowReports(reports, isAnchored(parsed.pattern) ? 0 : 1);
  if (slow !== undefined) return named(slow);
  const alternatives = overlappingAlternatives(literal);
  return alternatives && `\`${alternatives}\``;
}

/** Returns `undefined` for syntax that is newer than the library: it cannot be judged, but it can be used. */
function analysisOf(literal: Literal): AnalysisResult | undefined {
  try {
    return loadAnalysis().analyse(literal, { reportTypes: { Move: false } });
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Whether a pattern can be slow: only if it repeats something within a repetition, or several things in a row. */
function mayBeSlow(source: string): boolean {
  const bare = source.replace(/\\./gs, 'x').replace(/\[[^\]]*\]/g, 'x');
  return /\)(?:[*+]|\{\d+,?\d*\})/.test(bare) || (bare.match(/[*+]|\{\d+,\}/g) ?? []).length > 1;
}

function isAnchored({ alternatives }: Pattern): boolean {
  return alternatives.every(({ elements: [first] }) => first?.type === 'Assertion' && first.kind === 'start');
}

/** Returns the reports that together make a pattern slow. `more` is added to the power: 1 if there is no anchor. */
function slowReports(reports: readonly Report[], more: number): readonly Report[] | undefined {
  const acrossNames = reports.filter(({ character }) => character.set.has('/'.charCodeAt(0)));
  if (steps(LONGEST_PATH, degreeOf(acrossNames) + more) > MOST_STEPS) return acrossNames;
  return steps(LONGEST_NAME, degreeOf(reports) + more) > MOST_STEPS ? reports : undefined;
}

/** Returns in about how many ways a text can be cut into so many parts. */
function steps(length: number, degree: number): number {
  return degree === 0 ? 1 : (steps(length, degree - 1) * length) / degree;
}

/** Returns by which power of a text's length the time grows: how many quantifiers in a row take the same characters. */
function degreeOf(reports: readonly Report[]): number {
  const next = new Map<Quantifier, Quantifier[]>();
  let degree = 1;
  for (const report of reports) {
    if (report.type === 'Self') degree = Math.max(degree, report.parentQuant.max);
    if (report.type === 'Trade')
      next.set(report.startQuant, [...(next.get(report.startQuant) ?? []), report.endQuant]);
  }
  const rowFrom = (one: Quantifier, before: readonly Quantifier[]): number => {
    const row = [...before, one];
    const others = (next.get(one) ?? []).filter((other) => !row.includes(other));
    return Math.max(row.length, ...others.map((other) => rowFrom(other, row)));
  };
  return Math.max(degree, ...[...next.keys()].map((one) => rowFrom(one, [])));
}

/** Lists the quantifiers of reports in the order of the pattern; if one is within another, only the outer one. */
function named(reports: readonly Report[]): string {
  const quantifiers = reports.flatMap((report) => {
    if (report.type === 'Self') return [report.parentQuant];
    return report.type === 'Trade' ? [report.startQuant, report.endQuant] : [];
  });
  const inOrder = [...new Set(quantifiers)].sort((one, other) => one.start - other.start);
  return inOrder.map(({ raw }) => `\`${raw}\``).join(' with ');
}
