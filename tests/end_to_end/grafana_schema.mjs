// The Grafana dashboard against the TypeScript types that Grafana publishes as @grafana/schema: the
// dashboard, and the options and fields of every panel by its type. And what no type says.
//
// Usage: grafana_schema.mjs

import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { annotations, catalogue, dashboard, familiesOf, panels, queries, variables } from './dashboard.mjs';
import { finish } from './outcome.mjs';

const require = createRequire(import.meta.url);
const ts = require('typescript');
const schema = require('@grafana/schema/package.json');
const found = [];

// The module with the options of a panel's type; "state-timeline" is the folder statetimeline.
function optionsModule(type) {
  const folder = `./dist/esm/raw/composable/${type.replace('-', '')}/panelcfg/`;
  const path = Object.keys(schema.exports).find((one) => one.startsWith(folder));
  if (path) return path.replace('.', '@grafana/schema');
  found.push(`@grafana/schema knows no panel "${type}".`);
  return null;
}

// Enumerations are the strings that they stand for in JSON. A query and what an annotation says are
// the data source's own, of which no package without Grafana's whole front end has the types.
const preamble = `
import type { AnnotationQuery, Dashboard, DataQuery, FieldConfig, FieldConfigSource, Panel, RowPanel } from '@grafana/schema';
type Json<T> = T extends string ? \`\${T}\` : T extends (infer U)[] ? Json<U>[] : T extends object ? { [K in keyof T]: Json<T[K]> } : T;
type Query = DataQuery & { expr: string; format?: 'table' | 'heatmap'; instant?: boolean; legendFormat?: string; interval?: string };
type Annotation = AnnotationQuery<Query> & { titleFormat?: string; textFormat?: string; tagKeys?: string };
type Fields<T> = Omit<FieldConfigSource, 'defaults'> & { defaults: Omit<FieldConfig, 'custom'> & { custom?: T } };
type Has<T> = Omit<Panel, 'options' | 'fieldConfig' | 'targets'> & T & { targets: Query[] };
`;

// One constant for each panel, so that an error tells which.
function source() {
  const types = new Map([...new Set(panels.map(({ type }) => type))].map((type) => [type, optionsModule(type)]));
  const name = (type) => type.replace('-', '_');
  const imports = [...types].map(([type, path]) => `import type * as ${name(type)} from '${path}';`);
  const hasFields = (type) => type !== 'stat';
  const constants = panels.map(({ id, type, ...rest }) => {
    const fields = hasFields(type) ? `Fields<${name(type)}.FieldConfig>` : 'Fields<never>';
    return `const panel_${id}: Json<Has<{ options: ${name(type)}.Options; fieldConfig: ${fields} }>> = ${JSON.stringify({ id, type, ...rest })};`;
  });
  const rows = dashboard.panels.filter(({ type }) => type === 'row').map((row) => ({ ...row, panels: [] }));
  return [
    ...imports, preamble, ...constants,
    `const rows: Json<RowPanel[]> = ${JSON.stringify(rows)};`,
    `const annotations: Json<Annotation[]> = ${JSON.stringify(annotations)};`,
    `const dashboard: Json<Dashboard> = ${JSON.stringify({ ...dashboard, panels: [], annotations: { list: [] } })};`,
  ].join('\n');
}

function compile(text) {
  const file = fileURLToPath(new URL('generated_dashboard.ts', import.meta.url));
  const options = {
    strict: true, noEmit: true, skipLibCheck: true, types: [],
    module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext, target: ts.ScriptTarget.ES2022,
  };
  const host = ts.createCompilerHost(options);
  const readSource = host.getSourceFile.bind(host);
  const isOurs = (path) => basename(path) === basename(file);
  host.getSourceFile = (path, ...rest) => (isOurs(path) ? ts.createSourceFile(path, text, options.target) : readSource(path, ...rest));
  host.fileExists = (path) => isOurs(path) || ts.sys.fileExists(path);
  for (const { start, messageText } of ts.getPreEmitDiagnostics(ts.createProgram([file], options, host))) {
    const constant = /.*const (\w+)[^]*$/.exec(text.slice(text.lastIndexOf('\n', start) + 1, start))?.[1] ?? 'the source';
    found.push(`${constant}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`);
  }
}

// A change moves no panel to another address: links hold the id.
function idsAndPlaces() {
  const all = [...dashboard.panels, ...dashboard.panels.flatMap((row) => row.panels ?? [])];
  const twice = all.map(({ id }) => id).filter((id, i, ids) => ids.indexOf(id) !== i);
  if (twice.length > 0) found.push(`The ids ${twice} occur twice.`);
  const overlap = (a, b) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
  for (const level of [dashboard.panels, ...dashboard.panels.map((row) => row.panels ?? [])]) {
    for (const [i, one] of level.entries()) {
      if (one.gridPos.x + one.gridPos.w > 24) found.push(`Panel ${one.id} is wider than the grid.`);
      const under = level.slice(i + 1).find((other) => overlap(one.gridPos, other.gridPos));
      if (under) found.push(`Panels ${one.id} and ${under.id} overlap.`);
    }
  }
}

// Every selector follows the variables that its family has labels for.
function selectors() {
  for (const { name, expr } of queries) {
    for (const family of familiesOf(expr)) {
      const labels = catalogue.get(family);
      if (!labels) found.push(`${name} reads ${family}, which is not in the catalogue.`);
      if (!labels || family === 'websocket_close_code_info') continue;
      const wanted = ['instance', ...(labels.includes('service') ? ['service'] : [])].map((label) => `${label}=~"$${label}"`);
      for (const [selector] of expr.matchAll(new RegExp(`${family}(?:_bucket|_count)?(?:\\{[^}]*\\})?`, 'g'))) {
        if (!wanted.every((matcher) => selector.includes(matcher))) found.push(`${name}: ${selector} does not follow ${wanted}.`);
      }
    }
  }
}

function everyPanel() {
  const unknown = variables.flatMap(({ query: { query } }) => familiesOf(query)).filter((family) => !catalogue.has(family));
  if (unknown.length > 0) found.push(`The variables read ${unknown}, which is not in the catalogue.`);
  for (const { id, description, datasource } of [...panels, ...variables]) {
    if (!description) found.push(`Panel ${id} does not say what to look for.`);
    if (datasource?.uid !== '${datasource}') found.push(`Panel ${id} has a data source of its own.`);
  }
}

compile(source());
idsAndPlaces();
selectors();
everyPanel();
console.log(`${panels.length} panels against @grafana/schema ${schema.version}, with TypeScript ${ts.version}`);
finish(found);
