// The table and the plot of subjects that answer the same requests.
import { one, two, whole } from './report.mjs';
import { median, ratioOf, spreadOf } from './rounds.mjs';

/** Writes how the subjects compare to one of them, in requests a second and in processor time a request. */
export function reportComparison(report, heading, figures, { reference, own }) {
  const base = figures.get(reference);
  const rows = [...figures].map(([name, { perSecond, microseconds }]) => {
    const { low, middle, high } = spreadOf(perSecond);
    return [
      name === own ? `**${name}**` : name,
      `${whole(middle)} (${whole(low)} to ${whole(high)})`,
      two(ratioOf(perSecond, base.perSecond)),
      one(median(microseconds)),
      two(ratioOf(base.microseconds, microseconds)),
    ];
  });
  const columns = ['', 'requests/s (spread)', 'ratio', 'CPU µs/request', 'ratio by CPU'];
  report.table(`${heading}, against ${reference}`, columns, rows);
  return new Map(
    [...figures].map(([name, { microseconds }]) => [name, ratioOf(base.microseconds, microseconds)]),
  );
}

export function plotComparison(report, title, ratios, own) {
  const bars = [...ratios].map(([name, value]) => ({ name, value, isOwn: name === own }));
  report.plot(title, bars);
}
