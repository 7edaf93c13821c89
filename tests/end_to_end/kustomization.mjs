// What `kustomize build` makes of a folder, for the fields that deploy/kubernetes uses: resources,
// components, namespace, configMapGenerator with files, and strategic merge patches with a target.
// Any other field is an error: nothing is left out silently.

import { readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseAllDocuments } from 'yaml';

const fields = new Set(['apiVersion', 'kind', 'namespace', 'resources', 'components', 'configMapGenerator', 'patches']);
const clusterWide = new Set(['Namespace']);

// The keys by which lists of objects are merged; other lists are replaced.
const mergeKeys = { containers: 'name', initContainers: 'name', volumes: 'name', env: 'name', volumeMounts: 'mountPath' };

export function readYaml(file) {
  const documents = parseAllDocuments(readFileSync(file, 'utf8'), { strict: true, uniqueKeys: true });
  for (const { errors, warnings } of documents) {
    for (const problem of [...errors, ...warnings]) throw new Error(`${file}: ${problem.message}`);
  }
  return documents.map((document) => document.toJS());
}

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

function mergeLists(base, patch, key) {
  const merged = base.map((item) => {
    const change = patch.find((other) => other[key] === item[key]);
    return change ? merge(item, change) : item;
  });
  return [...patch.filter((item) => !base.some((other) => other[key] === item[key])), ...merged];
}

function merge(base, patch) {
  const merged = { ...base };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else if (isObject(value)) merged[name] = merge(isObject(base[name]) ? base[name] : {}, value);
    else if (Array.isArray(value) && mergeKeys[name]) merged[name] = mergeLists(base[name] ?? [], value, mergeKeys[name]);
    else merged[name] = value;
  }
  return merged;
}

function selects(target, object) {
  const known = new Set(['kind', 'labelSelector']);
  for (const field of Object.keys(target)) if (!known.has(field)) throw new Error(`a target's ${field} is not understood`);
  const [label, value] = (target.labelSelector ?? '').split('=');
  return (!target.kind || object.kind === target.kind) && (!label || object.metadata.labels?.[label] === value);
}

function applyPatch(folder, { path, target }, objects) {
  const [patch] = readYaml(join(folder, path));
  if (!objects.some((object) => selects(target, object))) throw new Error(`${path} patches nothing`);
  return objects.map((object) => {
    if (!selects(target, object)) return object;
    const { name, namespace } = object.metadata;
    const merged = merge(object, patch);
    return { ...merged, metadata: { ...merged.metadata, name, ...(namespace && { namespace }) } };
  });
}

function configMap(folder, { name, files }) {
  const data = Object.fromEntries(files.map((file) => [basename(file), readFileSync(join(folder, file), 'utf8')]));
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
}

// The objects of a folder. Kustomize besides adds a hash to the names of the ConfigMaps, and to what
// refers to them.
export function kustomize(folder, inherited = []) {
  const [kustomization] = readYaml(join(folder, 'kustomization.yaml'));
  for (const field of Object.keys(kustomization)) {
    if (!fields.has(field)) throw new Error(`${folder}: ${field} is not understood`);
  }
  let objects = [...inherited];
  for (const resource of kustomization.resources ?? []) {
    const path = join(folder, resource);
    objects.push(...(statSync(path).isDirectory() ? kustomize(path) : readYaml(path)));
  }
  for (const component of kustomization.components ?? []) objects = kustomize(join(folder, component), objects);
  for (const generator of kustomization.configMapGenerator ?? []) objects.push(configMap(folder, generator));
  for (const patch of kustomization.patches ?? []) objects = applyPatch(folder, patch, objects);
  if (kustomization.namespace) {
    objects = objects.map((object) => (clusterWide.has(object.kind) ? object
      : { ...object, metadata: { ...object.metadata, namespace: kustomization.namespace } }));
  }
  return objects;
}
