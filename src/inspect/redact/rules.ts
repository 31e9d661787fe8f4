/**
 * What becomes of each field of a section. A text without a rule is replaced by its stand-in, so that a field added
 * later hides too much rather than too little.
 */
import { parse } from 'yaml';
import { CNI_VARIABLES } from '../../calc/ipamd/variables.ts';
import type { Gap } from '../snapshot/section.ts';
import type { Pseudonyms } from './pseudonyms.ts';
import { redactGap } from './reasons.ts';

/** Turns one value into its redacted form; undefined drops it. */
export type Rule = (value: unknown, p: Pseudonyms) => unknown;

const keep: Rule = (value) => value;
const drop: Rule = () => undefined;
const blank: Rule = () => '';
const none: Rule = () => [];
const texts =
  (each: (text: string, p: Pseudonyms) => string): Rule =>
  (value, p) =>
    Array.isArray(value)
      ? value.map((v) => (typeof v === 'string' ? each(v, p) : v))
      : typeof value === 'string'
        ? each(value, p)
        : value;

const image = texts((t, p) => p.image(t));
const url = texts((t, p) => p.url(t));
const key = texts((t, p) => p.key(t));

/** Labels, tags, selectors: keys by `key`, values by what the key says of them. */
const labels: Rule = (value, p) => record(value, (k, v) => [p.key(k), labelValue(k, v, p)]);
/** Keys are names themselves. */
const names: Rule = (value, p) => record(value, (k, v) => [p.of(k), p.of(v)]);
/** Keys are public, values are names. */
const values: Rule = (value, p) => record(value, (k, v) => [k, p.of(v)]);

function record(value: unknown, entry: (key: string, text: string) => [string, string]): unknown {
  return Object.fromEntries(Object.entries(value as Record<string, string>).map(([k, v]) => entry(k, v)));
}

/** Karpenter's and the node's own descriptions of hardware decide what fits, and name no one. */
const HARDWARE_KEY = /^(?:karpenter\.k8s\.aws|eks\.amazonaws\.com)\/instance-|^node\.kubernetes\.io\/instance-type$/;

function labelValue(key: string, value: string, p: Pseudonyms): string {
  return HARDWARE_KEY.test(key) ? value : p.of(value);
}

/** Each requirement's values belong to its key. */
const requirements: Rule = (value, p) =>
  (value as { key: string; operator: string; values: string[] }[]).map((r) => ({
    key: p.key(r.key),
    operator: r.operator,
    values: r.values.map((v) => labelValue(r.key, v, p)),
  }));

const taints: Rule = (value, p) =>
  (value as { key: string; value?: string; effect: string }[]).map((t) => ({
    ...t,
    key: p.key(t.key),
    ...(t.value === undefined ? {} : { value: p.of(t.value) }),
  }));

const LABEL_VARIABLES: ReadonlySet<string> = new Set(['ENI_CONFIG_LABEL_DEF', 'ENI_CONFIG_ANNOTATION_DEF']);
const NAMING_VARIABLES: ReadonlySet<string> = new Set([
  'CLUSTER_NAME',
  'VPC_ID',
  'AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS',
  'AWS_EXTERNAL_SERVICE_CIDRS',
]);
const URL_VARIABLES: ReadonlySet<string> = new Set(['CLUSTER_ENDPOINT', 'AWS_EC2_ENDPOINT']);

/** Settings decide and stay, wrong ones as they are; those that name something get its stand-in. */
const environment: Rule = (value, p) => record(value, (name, text) => [variable(name, p), setting(name, text, p)]);

/** What is no variable of the CNI may be named by, and hold, anything. */
function variable(name: string, p: Pseudonyms): string {
  return CNI_VARIABLES.has(name) || NAMING_VARIABLES.has(name) ? name : p.of(name);
}

function setting(name: string, text: string, p: Pseudonyms): string {
  if (LABEL_VARIABLES.has(name)) return p.key(text);
  if (NAMING_VARIABLES.has(name)) return p.of(text);
  if (URL_VARIABLES.has(name)) return p.url(text);
  if (name === 'ADDITIONAL_ENI_TAGS') return tagDocument(text, p);
  return CNI_VARIABLES.has(name) ? text : p.of(text);
}

function tagDocument(text: string, p: Pseudonyms): string {
  try {
    return JSON.stringify(parse(text), (k, v) => (typeof v === 'string' && k !== '' ? p.of(v) : v));
  } catch {
    return '{';
  }
}

/** An add-on's document: `env` as the DaemonSet's, the rest by shape. */
const configuration: Rule = (value, p) => document(value, '', p);

const KEYED: ReadonlySet<string> = new Set([
  'nodeSelector',
  'podLabels',
  'podAnnotations',
  'labels',
  'annotations',
  'matchLabels',
]);

function document(value: unknown, under: string, p: Pseudonyms): unknown {
  if (typeof value === 'string') return p.of(value);
  if (Array.isArray(value)) return value.map((v) => document(v, under, p));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([k, v]): [string, unknown] => {
      if (under === 'env' && typeof v === 'string') return [variable(k, p), setting(k, v, p)];
      if (KEYED.has(under) && typeof v === 'string') return [p.key(k), labelValue(k, v, p)];
      return [k, document(v, k, p)];
    }),
  );
}

/** Which service manages an ENI is public; which principal asked for it is not. */
const requester = texts((t, p) => (/^amazon-[a-z-]+$/.test(t) ? t : p.of(t)));

/** As much of a text as is public; a stand-in where nothing is. */
function known(shape: RegExp): Rule {
  return texts((t, p) => shape.exec(t)?.[0].trimEnd() || p.of(t));
}

/** Reasons of kubelet, the scheduler and AWS's controllers. */
const EVENT_REASON =
  /^(?:FailedCreatePodSandBox|FailedScheduling|MissingIAMPermissions|NetworkNotReady|NodeNotReady|ResourceAllocated|ResourceAllocationFailed|CNINode\w{1,40}|Trunk\w{1,40}|Branch\w{1,40}|SecurityGroup\w{1,40}|Unsupported\w{1,40}|Failed(?:Mount|AttachVolume|Create)|(?:[A-Z][a-z]+)?(?:ENI|Eni|IPAM|CIDR|Cidr)\w{0,40})$/;

/** A taint's, a requirement's or an agent's flag: `--metrics-bind-addr=:8162`. */
const flags = texts((t, p) => (/^--[a-z0-9-]+(?:=(?:true|false|:?\d+|[a-z]+))?$/.test(t) ? t : p.of(t)));

const chart = texts((t, p) => (/^aws-vpc-cni-v?\d[\w.+-]*$/.test(t) ? t : p.of(t)));

/** Pods' owners stand among the interned texts as `Kind/name`; label sets are labels. */
const labelSets: Rule = (value, p) => (value as Record<string, string>[]).map((l) => labels(l, p));

/** `com.amazonaws.eu-west-1.ecr.api`, and prefix lists of the same names; not `com.amazonaws.vpce.….vpce-svc-1`. */
const awsService = texts((t, p) => (/^com\.amazonaws\.(?!vpce\.)/.test(t) ? t : p.of(t)));

const policyActions = texts((t, p) => (/^(?:\*|[a-z0-9-]+:[A-Za-z0-9*?]+)$/.test(t) ? t : p.of(t)));

/** The same as the cluster's own issuer gets, which is written with its scheme. */
function issuer(text: string, p: Pseudonyms): string {
  return p.url(`https://${text}`).replace('https://', '');
}

const principals = texts((t, p) => {
  const provider = /^(arn:[a-z-]+:iam::\d{12}:oidc-provider)\/(.+)$/.exec(t);
  return provider ? `${p.of(provider[1]!)}/${issuer(provider[2]!, p)}` : p.of(t);
});

const conditions: Rule = (value, p) =>
  (value as { operator: string; key: string; values: string[] }[]).map((c) => ({
    operator: c.operator,
    key: conditionKey(c.key, p),
    // `system:serviceaccount:kube-system:aws-node`
    values: c.values.map((v) => (/^system:/.test(v) ? v.split(':').map(p.of).join(':') : p.of(v))),
  }));

/** `aws:ResourceTag/<tag>`, `oidc.eks.…/id/…:sub`. */
function conditionKey(key: string, p: Pseudonyms): string {
  const ofIssuer = /^(.+\/.+):(sub|aud)$/.exec(key);
  if (ofIssuer) return `${issuer(ofIssuer[1]!, p)}:${ofIssuer[2]}`;
  const [word = '', ...tag] = key.split('/');
  const named = tag.length === 0 ? '' : `/${p.key(tag.join('/'))}`;
  return /^[a-z0-9-]+:[A-Za-z0-9]+$/.test(word) ? word + named : p.of(key);
}

/** Variable → ConfigMap. */
const fromConfigMap: Rule = (value, p) =>
  Object.fromEntries(
    Object.entries(value as Record<string, string>).map(([name, from]) => [variable(name, p), p.of(from)]),
  );

/** By field name, which means the same in every section; where it does not, the section's own rules go first. */
const FIELDS: Readonly<Record<string, Rule>> = {
  // states, kinds and versions: what decides
  ...Object.fromEntries(
    [
      ...['status', 'state', 'type', 'kind', 'version', 'platformVersion', 'kubernetesVersion', 'releaseVersion'],
      ...['region', 'availabilityZone', 'availabilityZoneId', 'instanceType', 'instanceTypes', 'amiType', 'amiFamily'],
      ...['hypervisor', 'ipFamily', 'code', 'effect', 'operator', 'ready', 'readyReason', 'os', 'arch'],
      ...['phase', 'action', 'installMethod', 'engine', 'waitingReason', 'endedReason', 'endpoint', 'tokens', 'addon'],
      ...['what', 'by', 'credentials', 'cpuRequest', 'cpuLimit', 'memoryLimit', 'duplicates', 'misspelt', 'notReady'],
      ...['ipv4PrefixSize', 'updateStrategy', 'zones'],
      ...['protocol', 'connectivity', 'category', 'failurePolicy', 'podOperations', 'usedBy', 'targetType'],
      ...['externalTrafficPolicy', 'internalTrafficPolicy'],
    ].map((name) => [name, keep]),
  ),
  osImage: known(
    /^(?:Amazon Linux|Bottlerocket OS|Ubuntu|Windows Server|Red Hat Enterprise Linux|Flatcar Container Linux)[ \d.]*(?: LTS| Datacenter)?(?: \(aws-k8s-[\d.]+[a-z-]*\))?/,
  ),
  kernelVersion: known(/^\d+\.\d+\.\d+(?:-\d+(?:\.\d+)*)?(?:\.amzn\d+(?:\.x86_64|\.aarch64)?|-aws)?/),
  kubeletVersion: known(/^v\d+\.\d+\.\d+(?:-eks-[0-9a-f]{7})?/),
  reason: known(EVENT_REASON),
  targetKind: known(/^(?:Deployment|StatefulSet|ReplicaSet|DaemonSet)$/),
  finalizers: texts((t, p) => (/^networking\.k8s\.aws\//.test(t) ? t : p.of(t))),
  unresolved: texts((t, p) => variable(t, p)),
  description: drop,
  configurationText: drop,
  message: blank,
  evidence: none,
  image,
  images: image,
  labels,
  annotations: labels,
  tags: labels,
  matchLabels: labels,
  key,
  nodeSelector: labels,
  taints,
  matchExpressions: requirements,
  requirements,
  limits: values,
  env: environment,
  fromConfigMap,
  args: flags,
  configMap: values,
  configuration,
  replicaSetOwners: names,
  branchEni: values,
  selector: labels,
  labelSets,
  oidcIssuer: url,
  chart,
  requesterId: requester,
};

/** Row number → claims. */
const claimNames: Rule = (value, p) =>
  Object.fromEntries(
    Object.entries(value as Record<string, string[]>).map(([row, all]) => [row, all.map((c) => p.of(c))]),
  );

/** `namespace/name`, each by its own stand-in, so that pods still find their volume. */
const claim: Rule = (value, p) =>
  (value as string)
    .split('/')
    .map((part) => p.of(part))
    .join('/');

/** What pods ask for: sizes decide, selectors are labels, zones are public. */
const needSets: Rule = (value, p) =>
  (
    value as {
      nodeSelector: Record<string, string>;
      affinity?: unknown[];
      tolerations?: { key?: string; value?: string }[];
    }[]
  ).map((n) => ({
    ...n,
    nodeSelector: labels(n.nodeSelector, p),
    ...(n.affinity ? { affinity: n.affinity.map((term) => requirements(term, p)) } : {}),
    ...(n.tolerations
      ? {
          tolerations: n.tolerations.map((t) => ({
            ...t,
            ...(t.key === undefined ? {} : { key: p.key(t.key) }),
            ...(t.value === undefined ? {} : { value: p.of(t.value) }),
          })),
        }
      : {}),
  }));

/** Containers of the shipped DaemonSet; another's name may be anyone's. */
const containerName = texts((t, p) => (/^aws-(?:node|vpc-cni-init|eks-nodeagent)$/.test(t) ? t : p.of(t)));

/** What Kubernetes itself counts; other resources, and quantities no quota has, may be anyone's words. */
const counted = texts((t, p) =>
  /^(?:pods|(?:(?:requests|limits)\.)?(?:cpu|memory|ephemeral-storage)|count\/pods)$/.test(t) ? t : p.of(t),
);

const SECTION_FIELDS: Readonly<Record<string, Readonly<Record<string, Rule>>>> = {
  // an URL here, `enabled` or `disabled` in an instance's metadata options
  cluster: { endpoint: url },
  addons: { name: keep },
  // columns of numbers under names that are records elsewhere
  pods: {
    labels: keep,
    owner: keep,
    claims: claimNames,
    needs: keep,
    needSets,
    hostPorts: keep,
    probes: keep,
    probeSets: keep,
  },
  events: { resource: counted, unset: counted },
  cni: { affinity: (terms, p) => (terms as unknown[]).map((term) => requirements(term, p)) },
  securityGroupPolicies: { unread: (gap) => redactGap(gap as Gap) },
  persistentVolumes: { claim },
  cniLogs: { container: containerName, sign: keep },
  cniMetrics: { values: keep, awsErrors: keep, unauthorized: keep },
  nodePools: { budgets: keep, expireAfter: keep },
  instanceTypes: { hypervisor: keep },
  iam: {
    instanceProfiles: names,
    actions: policyActions,
    notActions: policyActions,
    principals,
    conditions,
    oidcIssuers: texts(issuer),
  },
  // what AWS and the CNI's projects themselves name
  quotas: { name: keep, service: keep },
  insights: { name: keep },
  crds: { name: keep, versions: keep },
  rbac: { groups: keep, resources: keep, verbs: keep, urls: keep },
  vpcEndpoints: { service: awsService },
  prefixLists: { name: awsService },
};

export function ruleFor(section: string, field: string): Rule | undefined {
  return SECTION_FIELDS[section]?.[field] ?? FIELDS[field];
}
