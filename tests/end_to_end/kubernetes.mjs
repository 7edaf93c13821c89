// The objects that Kustomize makes of deploy/kubernetes: each valid by its schema, what refers to
// another really there, and the time to drain within the time to terminate. No cluster is needed.
//
// Usage: kubernetes.mjs CLOSEWATCH_CAPTURE CLOSEWATCH_PROXY

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { parse, parseAllDocuments } from 'yaml';
import { kustomize } from './kustomization.mjs';
import { schemaBreaches } from './kubernetes_schema.mjs';
import { finish, needProgram } from './outcome.mjs';
import { temporaryFolder } from './temporary_folder.mjs';

const [capture, proxy] = process.argv.slice(2);
needProgram(capture, proxy);
const programs = { 'closewatch-capture': capture, 'closewatch-proxy': proxy };
const deploy = fileURLToPath(new URL('../../deploy', import.meta.url));
const found = [];

const title = ({ kind, metadata }) => `${kind} ${metadata.name}`;
const podOf = (object) => object.spec?.template;
const containersOf = (object) => podOf(object)?.spec.containers ?? [];
const ours = (container) => container.image in programs;
const argument = (container, name) => container.args?.find((arg) => arg.startsWith(`--${name}=`))?.split('=')[1];
const portOf = (address) => Number(address.slice(address.lastIndexOf(':') + 1));

function carries(labels, wanted) {
  return Object.entries(wanted).every(([name, value]) => labels?.[name] === value);
}

function expect(object, holds, sentence) {
  if (!holds) found.push(`${title(object)}: ${sentence}`);
}

function seconds(text) {
  const [, count, unit] = /^(\d+)(ms|s|m)$/.exec(text);
  return Number(count) * { ms: 0.001, s: 1, m: 60 }[unit];
}

// What a container of ours is configured with: its ConfigMap's file, as text.
function configOf(container, pod, objects) {
  const path = argument(container, 'config');
  const mount = container.volumeMounts.find(({ mountPath }) => path.startsWith(`${mountPath}/`));
  const volume = pod.spec.volumes.find(({ name }) => name === mount?.name);
  const map = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === volume?.configMap?.name);
  return map?.data[path.slice(mount.mountPath.length + 1)];
}

function checkConfig(workload, container, text) {
  const file = join(temporaryFolder(), 'config.yaml');
  writeFileSync(file, text);
  const { status, stdout, stderr } = spawnSync(programs[container.image], ['--config', file, '--check-config'], { encoding: 'utf8' });
  expect(workload, status === 0, `--check-config ended with ${status}: ${stdout}${stderr}`);
}

function checkSecurity(workload, container) {
  const pod = podOf(workload).spec;
  const context = { ...pod.securityContext, ...container.securityContext };
  const expected = container.image === 'closewatch-capture' ? 'NET_RAW' : '';
  expect(workload, (pod.hostNetwork ?? false) === (expected === 'NET_RAW'), 'hostNetwork is for the capture only');
  expect(workload, context.runAsNonRoot && context.runAsUser > 0, `${container.name} may be root`);
  expect(workload, context.readOnlyRootFilesystem, `${container.name} may write its file system`);
  expect(workload, context.allowPrivilegeEscalation === false, `${container.name} may gain privileges`);
  expect(workload, context.seccompProfile?.type === 'RuntimeDefault', `${container.name} has no seccomp profile`);
  expect(workload, String(context.capabilities?.drop) === 'ALL', `${container.name} does not drop all capabilities`);
  expect(workload, String(context.capabilities?.add ?? '') === expected, `${container.name} adds the wrong capabilities`);
  const { requests, limits } = container.resources;
  expect(workload, requests.cpu && requests.memory && limits.memory, `${container.name} lacks requests or a limit`);
}

function checkPorts(workload, container, config) {
  const ports = Object.fromEntries(container.ports.map(({ name, containerPort }) => [name, containerPort]));
  expect(workload, ports['cw-metrics'] === portOf(argument(container, 'metrics-listen')), 'cw-metrics is not where metrics are');
  for (const [probe, path] of [['readinessProbe', '/-/ready'], ['livenessProbe', '/-/healthy']]) {
    const { httpGet } = container[probe];
    expect(workload, httpGet.path === path && httpGet.port === 'cw-metrics', `${probe} asks ${httpGet.port}${httpGet.path}`);
  }
  const accepting = (config.listeners ?? []).map(({ address }) => portOf(address));
  const declared = Object.entries(ports).filter(([name]) => name !== 'cw-metrics').map(([, port]) => port);
  expect(workload, String(accepting) === String(declared), `listens at ${accepting}, declares ${declared}`);
}

const sleepOf = (container) => Number(/^sleep,(\d+)$/.exec(container.lifecycle?.preStop?.exec.command ?? 'sleep,0')[1]);

// Five seconds at the end are the margin: the last Close is on its way, the program writes and leaves.
function checkGrace(workload, container, { drain }) {
  const { terminationGracePeriodSeconds: grace, containers } = podOf(workload).spec;
  const sleep = sleepOf(container);
  const longest = sleep + seconds(drain.window) + seconds(drain.deadline) + 5;
  expect(workload, sleep > 0, `${container.name} refuses connections before the Service knows`);
  expect(workload, grace >= longest, `is killed after ${grace} s, while a drain takes ${longest} s`);
  for (const other of containers.filter((one) => one !== container)) {
    const needed = sleep + seconds(drain.deadline);
    expect(workload, sleepOf(other) >= needed, `${other.name} ends before the drain, which may take ${needed} s`);
    expect(workload, grace >= sleepOf(other) + 5, `${other.name} is killed before it can end`);
  }
}

// The sidecar passes on to the application beside it.
function checkUpstreams(workload, container, config) {
  const local = config.services.flatMap(({ upstreams }) => upstreams).filter((address) => address.startsWith('127.'));
  const others = containersOf(workload).filter((other) => other !== container);
  for (const address of local) {
    const served = others.some((other) => Number(argument(other, 'port')) === portOf(address));
    expect(workload, served, `nothing listens at ${address}`);
  }
}

function checkWorkload(workload, objects) {
  const pod = podOf(workload);
  expect(workload, carries(pod.metadata.labels, workload.spec.selector.matchLabels), 'selects none of its own pods');
  for (const container of containersOf(workload).filter(ours)) {
    const text = configOf(container, pod, objects);
    if (text === undefined) {
      found.push(`${title(workload)}: no ConfigMap holds ${argument(container, 'config')}`);
      continue;
    }
    const config = parse(text);
    checkConfig(workload, container, text);
    checkSecurity(workload, container);
    checkPorts(workload, container, config);
    if (container.image !== 'closewatch-proxy') continue;
    checkGrace(workload, container, config);
    checkUpstreams(workload, container, config);
  }
}

function selectedBy(object, selector, objects) {
  const selected = objects.filter((other) => other.metadata.namespace === object.metadata.namespace
    && podOf(other) && carries(podOf(other).metadata.labels, selector));
  expect(object, selected.length === 1, `selects ${selected.map(title).join(', ') || 'nothing'}`);
  return selected;
}

const has = (workload, port) => containersOf(workload).some(({ ports = [] }) => ports.some(({ name }) => name === port));

const checks = {
  Service(service, objects) {
    for (const workload of selectedBy(service, service.spec.selector, objects)) {
      for (const { targetPort } of service.spec.ports) expect(service, has(workload, targetPort), `no port ${targetPort}`);
    }
  },
  PodDisruptionBudget(budget, objects) {
    for (const { spec } of selectedBy(budget, budget.spec.selector.matchLabels, objects)) {
      expect(budget, spec.replicas > budget.spec.maxUnavailable, 'may leave no pod');
    }
  },
  // The rules know jobs by a name that contains closewatch; the operator makes it of these names.
  PodMonitor(monitor, objects) {
    for (const workload of selectedBy(monitor, monitor.spec.selector.matchLabels, objects)) {
      for (const { port } of monitor.spec.podMetricsEndpoints) expect(monitor, has(workload, port), `no port ${port}`);
    }
    expect(monitor, !monitor.spec.jobLabel && monitor.metadata.name.includes('closewatch'), 'the job lacks closewatch');
  },
  ServiceMonitor(monitor, objects) {
    const services = objects.filter(({ kind, metadata, spec }) => kind === 'Service'
      && carries(metadata.labels, monitor.spec.selector.matchLabels)
      && monitor.spec.endpoints.every(({ port }) => spec.ports.some(({ name }) => name === port)));
    expect(monitor, services.length === 1, `finds ${services.length} Services with its port`);
    const job = monitor.spec.jobLabel ? '' : services[0]?.metadata.name;
    expect(monitor, job?.includes('closewatch'), 'the job lacks closewatch');
  },
  PrometheusRule(rule) {
    const file = join(temporaryFolder(), 'rules.yml');
    writeFileSync(file, JSON.stringify(rule.spec));
    const promtool = spawnSync('promtool', ['check', 'rules', file], { encoding: 'utf8' });
    if (promtool.error) console.log('promtool is not installed; the expressions of the rules are not checked.');
    else expect(rule, promtool.status === 0, `promtool: ${promtool.stdout}${promtool.stderr}`);
  },
};

// Without the hash of the contents that Kustomize adds to the name of a ConfigMap, in one order.
function comparable(objects) {
  const text = JSON.stringify(objects).replaceAll(/("closewatch-(?:capture|proxy|sidecar))-[a-z0-9]{10}"/g, '$1"');
  return JSON.parse(text).sort((left, right) => (title(left) < title(right) ? -1 : 1));
}

// The real Kustomize, where there is one of today: kubectl has it built in.
function checkAgainstKustomize(folder, objects) {
  const version = spawnSync('kubectl', ['version', '--client'], { encoding: 'utf8' });
  if (!/Kustomize Version: v5/.test(version.stdout)) {
    console.log(`${folder}: there is no kubectl with Kustomize 5 to compare with.`);
    return;
  }
  const { status, stdout, stderr } = spawnSync('kubectl', ['kustomize', join(deploy, 'kubernetes', folder)], { encoding: 'utf8' });
  const theirs = parseAllDocuments(stdout).map((document) => document.toJS());
  if (status !== 0) found.push(`kubectl kustomize ${folder}: ${stderr}`);
  else if (!isDeepStrictEqual(comparable(theirs), comparable(objects))) found.push(`Kustomize makes other objects of ${folder}`);
}

function checkBuild(folder, kinds) {
  const objects = kustomize(join(deploy, 'kubernetes', folder));
  checkAgainstKustomize(folder, objects);
  const is = objects.map(({ kind }) => kind).sort().join(' ');
  if (is !== kinds) found.push(`${folder} makes ${is}, not ${kinds}`);
  for (const object of objects) {
    for (const sentence of schemaBreaches(object)) found.push(`${title(object)}: ${sentence}`);
    if (podOf(object)) checkWorkload(object, objects);
    checks[object.kind]?.(object, objects);
  }
  console.log(`${folder}: ${is}`);
}

checkBuild('capture', 'ConfigMap DaemonSet PodMonitor');
checkBuild('proxy', 'ConfigMap Deployment PodDisruptionBudget Service ServiceMonitor');
checkBuild('example', 'ConfigMap Deployment PodMonitor Service');

const generator = join(deploy, 'kubernetes', 'generate_rules.py');
const { status, stdout, stderr } = spawnSync('/usr/bin/python3', [generator, '--check'], { encoding: 'utf8' });
if (status !== 0) found.push(`${stdout}${stderr}`.trim());
checkBuild('.', 'ConfigMap ConfigMap DaemonSet Deployment Namespace PodDisruptionBudget PodMonitor PrometheusRule Service ServiceMonitor');

finish([...new Set(found)]);
