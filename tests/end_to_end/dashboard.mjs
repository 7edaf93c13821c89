// The Grafana dashboard as a test reads it: its panels, their queries, and the variables replaced as
// Grafana replaces them.

import { readFileSync } from 'node:fs';

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

export const dashboard = JSON.parse(read('deploy/grafana/dashboards/closewatch.json'));

// Rows that are folded hold their panels; the others are followed by theirs.
export const panels = dashboard.panels.flatMap((panel) => (panel.type === 'row' ? panel.panels : [panel]));

export const queries = panels.flatMap((panel) =>
  panel.targets.map((target) => ({ ...target, panel, name: `${panel.id}${target.refId} "${panel.title}"` })));

export const annotations = dashboard.annotations.list.filter(({ builtIn }) => !builtIn);

export const variables = dashboard.templating.list.filter(({ type }) => type === 'query');

// Every family of metrics/catalogue.h, from its name to its labels.
export const catalogue = new Map(
  [...read('metrics/catalogue.h').matchAll(/\{"((?:websocket|closewatch|process)_\w+)",\s*k\w+,\s*((?:"(?:[^"\\]|\\.)*"\s*)+)(?:,\s*\{([^}]*)\})?/g)]
    .map(([, name, , labels = '']) => [name, [...labels.matchAll(/"(\w+)"/g)].map(([, label]) => label)]));

const familyName = /(?<![\w:"])(?:websocket|closewatch|process)_\w+/g;
const ofHistogram = /_(?:bucket|count|sum)$/;

// The families that an expression reads.
export function familiesOf(expression) {
  const names = expression.match(familyName) ?? [];
  return [...new Set(names.map((name) => (catalogue.has(name) ? name : name.replace(ofHistogram, ''))))];
}

// `chosen` is what the user chose, null for "All", which is a regular expression of its own.
function valueOf(variable, chosen) {
  if (chosen === null) return variable.allValue;
  const escaped = chosen.map((value) => value.replace(/\\/g, '\\\\\\\\').replace(/[$^*{}[\]+?.()|]/g, '\\\\$&'));
  return escaped.length === 1 ? escaped[0] : `(${escaped.join('|')})`;
}

// `range` and `rateInterval` in seconds.
export function replaceVariables(expression, { service = null, instance = null, range, rateInterval }) {
  const chosen = { service, instance };
  const replaced = variables.reduce((text, variable) =>
    text.replaceAll(`$${variable.name}`, () => valueOf(variable, chosen[variable.name])), expression);
  const times = {
    $__rate_interval_ms: rateInterval * 1000, $__rate_interval: `${rateInterval}s`, $__range_s: range, $__range: `${range}s`,
  };
  return Object.entries(times).reduce((text, [name, value]) => text.replaceAll(name, value), replaced);
}
