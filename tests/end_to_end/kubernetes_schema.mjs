// Objects of Kubernetes and of the Prometheus operator against the schemas of their kinds.

import * as apps from 'kubernetes-models/apps/v1';
import * as policy from 'kubernetes-models/policy/v1';
import * as core from 'kubernetes-models/v1';
import * as monitoring from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';

const groups = { v1: core, 'apps/v1': apps, 'policy/v1': policy, 'monitoring.coreos.com/v1': monitoring };

// The schemas allow any field beside those that they know. A validator reads each field that it
// knows; what it never reads is a field that the API server would not know either.
function watched(value, path, unread) {
  if (typeof value !== 'object' || value === null) return value;
  const fields = Array.isArray(value) ? [] : Object.keys(value);
  for (const field of fields) unread.add(`${path}.${field}`);
  const children = new Map();
  return new Proxy(value, {
    get(target, field) {
      if (typeof field === 'symbol' || !Object.hasOwn(target, field)) return target[field];
      unread.delete(`${path}.${field}`);
      if (!children.has(field)) children.set(field, watched(target[field], `${path}.${field}`, unread));
      return children.get(field);
    },
  });
}

// Maps and objects without a schema of their own, whose fields nobody has to know.
const free = /^\.(metadata|data|spec\.template\.metadata)\b/;

// In the operator's schema since its version 0.64; the packages that know it need Node.js 22.
const newer = /^\.spec\.groups\.\d+\.rules\.\d+\.keep_firing_for$/;

// Sentences about what is wrong with an object.
export function schemaBreaches(object) {
  const model = groups[object.apiVersion]?.[object.kind];
  if (!model) return [`there is no kind ${object.kind} in ${object.apiVersion}`];
  const unread = new Set();
  try {
    model.prototype.validate.call(watched(object, '', unread));
  } catch ({ message }) {
    return [message];
  }
  return [...unread].filter((field) => !free.test(field) && !newer.test(field)).map((field) => `${field} is not known to ${object.kind}`);
}
