// Writes the table and the plot of subjects that answer the same requests.

import { median, ratioOf } from './medians.mjs';
import { one, spread, two, whole } from './report.mjs';

/**
 * Writes a table that compares each subject with the reference, in requests per second and in processor time per
 * request. Returns the ratios by processor time: for each subject, the reference's time divided by its own.
 */
export function reportComparison(report, heading, figures, { reference, own }) {
  const base = figures.get(reference);
  const rows = [...figures].map(([name, { perSecond, microseconds }]) => [
    name === own ? `**${name}**` : name,
    spread(perSecond, whole),
    two(ratioOf(perSecond, base.perSecond)),
    spread(microseconds, one),
    two(ratioOf(base.microseconds, microseconds)),
  ]);
  const columns = ['', 'requests/s (spread)', 'ratio', 'CPU µs/request (spread)', 'ratio by CPU'];
  report.table(`${heading}, against ${reference}`, columns, rows);
  return ratiosByProcessor(figures, reference);
}

/** Returns for each subject the reference's processor time divided by its own: more is better. */
export function ratiosByProcessor(figures, reference) {
  const base = figures.get(reference).microseconds;
  return new Map([...figures].map(([name, { microseconds }]) => [name, ratioOf(base, microseconds)]));
}

export function plotComparison(report, title, ratios, own) {
  const bars = [...ratios].map(([name, value]) => ({ name, value, isOwn: name === own }));
  report.plot(title, bars);
}

/** Returns one row of many combinations: our figures, and for each other subject its processor time divided by ours. */
export function matrixRow(figures, { own, heading }) {
  const ours = figures.get(own);
  const ratios = [...figures]
    .filter(([name]) => name !== own)
    .map(([name, { microseconds }]) => [name, ratioOf(microseconds, ours.microseconds)]);
  const cells = [
    ...heading,
    whole(median(ours.perSecond)),
    one(median(ours.microseconds)),
    ...ratios.map(([, ratio]) => two(ratio)),
  ];
  return { cells, ratios };
}

export function matrixColumns(heading, others) {
  return [...heading, 'requests/s', 'CPU µs', ...others];
}
