// Reads the Prometheus text format, version 0.0.4: as much of it as counters need.

const line = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/;
const label = /(\w+)="((?:[^"\\]|\\.)*)"/g;

// A map from `family{code="1006",service="default"}`, labels sorted, to the value.
export function parse(text) {
  const samples = new Map();
  for (const [, family, labels = '', value] of text.split('\n').map((row) => line.exec(row) ?? [])) {
    if (!family) continue;
    const pairs = [...labels.matchAll(label)].map(([pair]) => pair).sort();
    samples.set(`${family}{${pairs.join(',')}}`, Number(value));
  }
  return samples;
}

// What of one family was added from one scrape to the next, as a map from the values of the labels
// named in `by` (joined by a blank) to the increase.
export function increases(before, after, family, by) {
  const added = new Map();
  for (const [series, value] of after) {
    const increase = value - (before.get(series) ?? 0);
    if (!series.startsWith(`${family}{`) || increase === 0) continue;
    const labels = Object.fromEntries([...series.matchAll(label)].map(([, name, text]) => [name, text]));
    const key = by.map((name) => labels[name]).join(' ');
    added.set(key, (added.get(key) ?? 0) + increase);
  }
  return added;
}

export const total = (samples, family) =>
  [...increases(new Map(), samples, family, []).values()].reduce((sum, value) => sum + value, 0);
