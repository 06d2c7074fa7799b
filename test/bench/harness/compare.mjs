// The table and the plot of subjects that answer the same requests.
import { one, spread, two, whole } from './report.mjs';
import { ratioOf } from './rounds.mjs';

/**
 * Writes how the subjects compare to one of them, in requests a second and in processor time a request. The ratios by
 * processor time, for each subject: the reference's share of its own.
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

/** For each subject, how much of its processor time the reference takes: more is better. */
export function ratiosByProcessor(figures, reference) {
  const base = figures.get(reference).microseconds;
  return new Map([...figures].map(([name, { microseconds }]) => [name, ratioOf(base, microseconds)]));
}

export function plotComparison(report, title, ratios, own) {
  const bars = [...ratios].map(([name, value]) => ({ name, value, isOwn: name === own }));
  report.plot(title, bars);
}
