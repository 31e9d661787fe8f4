/** Text that gives kubelet the number worked out, for each place that sets it. */
import {
  HOST_PODS,
  kubeReservedMemoryMiB,
  type MaxPodsItem,
  memoryAdvice,
  reservedMemoryAt,
  vcpuCeiling,
} from '../../../calc/maxpods/index.ts';
import type { KubeletSnippet } from '../../contract/report.ts';

/**
 * What to paste so that every node of these types gets the number worked out: one value, the smallest, where the place
 * takes one; a formula where the place takes one and it fits all of them. Nothing where a type is not supported.
 */
export function kubeletSnippets(items: readonly MaxPodsItem[]): readonly KubeletSnippet[] {
  const [first] = items;
  if (!first || items.some((item) => !item.supported)) return [];
  const value = Math.min(...items.map((item) => item.maxPods));
  const blocks =
    first.os === 'windows'
      ? [windowsBootstrap(value), ec2NodeClass(items, value), eksctl(items, value)]
      : [
          nodeConfig(items, value),
          expression(items),
          bottlerocket(items, value),
          ec2NodeClass(items, value),
          reservedEnis(items),
          eksctl(items, value),
        ];
  return blocks.filter((block) => block !== undefined);
}

function nodeConfig(items: readonly MaxPodsItem[], value: number): KubeletSnippet {
  const computed = Math.min(...items.map((item) => item.enis * (item.ipv4PerEni - 1) + HOST_PODS));
  const note =
    computed === value
      ? undefined
      : `kube-reserved memory stays sized for ${computed} pods, ${kubeReservedMemoryMiB(computed)} MiB; ${value} pods would get ${kubeReservedMemoryMiB(value)} MiB`;
  return {
    id: 'nodeconfig',
    title: 'AL2023 NodeConfig, one value',
    appliesTo: 'AL2023 user data: self-managed nodes, managed groups with a custom AMI',
    text: [...NODE_CONFIG, '    config:', `      maxPods: ${value}`].join('\n'),
    ...(note ? { note } : {}),
  };
}

/** Columns of a pasted list, so that it fits 80 with the screen's indent. */
const LIST_WIDTH = 72;

const NODE_CONFIG = ['apiVersion: node.eks.aws/v1alpha1', 'kind: NodeConfig', 'spec:', '  kubelet:'];

/** The most pods whose kube-reserved memory is a third of the node's, as an expression. */
const MEMORY_CAP = '(physical_memory_mib / 3 - 255) / 11';

/** The ceiling by size of node, as an expression: nodeadm knows `vcpus` since July 2026. */
const VCPU_CEILING = '(vcpus > 30 ? 250 : 110)';

/** nodeadm evaluates CEL over its own limits (`nodeadm eni_max_pods.go:CalcMaxPods`), releases from v20251007 on. */
function expression(items: readonly MaxPodsItem[]): KubeletSnippet | undefined {
  const formula = celOf(items);
  if (formula === undefined) return undefined;
  const release = formula.some((line) => line.includes('vcpus')) ? 'later than 2026-07-29' : 'v20251007 or later';
  const memory = items.find((item) => item.kubeReserved?.excessive);
  return {
    id: 'nodeconfig-expression',
    title: 'AL2023 NodeConfig, by instance type',
    appliesTo: `AMI ${release}, same nodes; sizes kube-reserved memory too`,
    text: [...NODE_CONFIG, '    maxPodsExpression: >-', ...formula.map((line) => `      ${line}`)].join('\n'),
    note: [
      'in managed groups without a custom AMI maxPods stays what EKS sets, while kube-reserved memory follows the expression; Karpenter nodes ignore it',
      ...(memory?.kubeReserved
        ? [
            `kube-reserved memory on ${memory.instanceType} becomes ${memoryAdvice(memory.kubeReserved, 'maxPods ')}: ${MEMORY_CAP} caps it, on AMIs later than 2026-07-29`,
          ]
        : []),
    ].join('; '),
  };
}

/** What a number does to the memory of the smallest of these types, where the place sizes kube-reserved memory by it. */
function memoryNote(items: readonly MaxPodsItem[], value: number, setting: string): string | undefined {
  const known = items.filter((item) => item.kubeReserved);
  const [first, ...rest] = known;
  if (!first?.kubeReserved) return undefined;
  const least = rest.reduce((a, b) => (b.kubeReserved!.ofMib < a.kubeReserved!.ofMib ? b : a), first);
  const reserved = reservedMemoryAt(value, least.kubeReserved!.ofMib);
  return reserved.excessive
    ? `kube-reserved memory on ${least.instanceType} becomes ${memoryAdvice(reserved, setting)}`
    : undefined;
}

/** An expression, line by line, that gives each of these types its own number; undefined where none fits them all. */
function celOf(items: readonly MaxPodsItem[]): readonly string[] | undefined {
  const [first] = items;
  if (!first || items.some((item) => item.boundBy === 'pods-per-core')) return undefined;
  const maxEni = first.deductions.find(({ reason }) => reason === 'max-eni');
  const bound = maxEni ? first.enis - maxEni.enis : undefined;
  const taken = first.deductions.filter(({ reason }) => reason !== 'max-eni').reduce((sum, { enis }) => sum + enis, 0);
  const slots = first.mode === 'secondary' ? 1 : 16;
  const caps = new Set(items.filter((item) => item.maxPods < item.theoreticalMaxPods).map((item) => item.maxPods));
  const [cap] = caps;

  const value = (item: MaxPodsItem): number => {
    const enis = Math.min(item.enis, bound ?? item.enis) - taken;
    const pods = enis * (item.ipv4PerEni - 1) * slots + HOST_PODS;
    if (cap === undefined) return pods;
    return Math.min(caps.size === 1 ? cap : (vcpuCeiling(item.vcpus ?? undefined) ?? pods), pods);
  };
  if (!items.every((item) => value(item) === item.maxPods)) return undefined;

  const attached = bound === undefined ? 'default_enis' : `(default_enis < ${bound} ? default_enis : ${bound})`;
  const enis = taken === 0 ? attached : `(${attached} - ${taken})`;
  const pods = `${enis} * (ips_per_eni - 1)${slots === 16 ? ' * 16' : ''} + ${HOST_PODS}`;
  if (cap === undefined) return [pods];
  const ceiling = caps.size === 1 ? String(cap) : VCPU_CEILING;
  return [`${pods} < ${ceiling}`, `? ${pods}`, `: ${ceiling}`];
}

function bottlerocket(items: readonly MaxPodsItem[], value: number): KubeletSnippet {
  return {
    id: 'bottlerocket',
    title: 'Bottlerocket settings',
    appliesTo: 'Bottlerocket user data: self-managed nodes, managed groups, Karpenter spec.userData',
    text: `[settings.kubernetes]\nmax-pods = ${value}`,
    note:
      memoryNote(items, value, 'max-pods = ') ??
      `sizes kube-reserved memory too: ${kubeReservedMemoryMiB(value)} MiB for ${value} pods`,
  };
}

function ec2NodeClass(items: readonly MaxPodsItem[], value: number): KubeletSnippet {
  const memory = memoryNote(items, value, 'maxPods: ');
  return {
    id: 'ec2nodeclass',
    title: 'Karpenter EC2NodeClass',
    appliesTo: 'every node of the EC2NodeClass, whatever its type; add to its spec',
    text: `spec:\n  kubelet:\n    maxPods: ${value}`,
    ...(memory ? { note: `with Bottlerocket ${memory}` } : {}),
  };
}

/** RESERVED_ENIS takes ENIs off Karpenter's formula, so it fits where ENIs are the difference: not with prefixes. */
function reservedEnis(items: readonly MaxPodsItem[]): KubeletSnippet | undefined {
  const taken = new Set(items.map((item) => item.enis - item.usableEnis));
  const [reserved] = taken;
  const fits = items.every(
    (item) => item.mode === 'secondary' && item.usableEnis > 0 && item.maxPods === item.theoreticalMaxPods,
  );
  if (taken.size !== 1 || !reserved || !fits) return undefined;
  return {
    id: 'reserved-enis',
    title: 'Karpenter RESERVED_ENIS, by instance type',
    appliesTo: 'Helm values of the Karpenter controller: every NodeClass without spec.kubelet.maxPods',
    text: `settings:\n  reservedENIs: "${reserved}"`,
  };
}

function eksctl(items: readonly MaxPodsItem[], value: number): KubeletSnippet {
  const types = items.map((item) => item.instanceType);
  const [only] = types;
  const windows = items[0]?.os === 'windows';
  const memory = memoryNote(items, value, 'maxPodsPerNode: ');
  return {
    id: 'eksctl',
    title: 'eksctl node group',
    appliesTo: 'managed groups without a launch template of their own or a custom AMI',
    text: [
      'managedNodeGroups:',
      `  - name: ${types.length === 1 ? only!.replaceAll('.', '-') : 'mixed'}`,
      ...(types.length === 1 ? [`    instanceType: ${only}`] : flowList('    instanceTypes: ', types)),
      ...(windows ? ['    amiFamily: WindowsServer2022CoreContainer'] : []),
      `    maxPodsPerNode: ${value}`,
    ].join('\n'),
    ...(memory ? { note: `with Bottlerocket ${memory}` } : {}),
  };
}

/** A YAML list in brackets, broken over lines that fit a terminal. */
function flowList(key: string, names: readonly string[]): readonly string[] {
  const lines: string[] = [];
  let line = `${key}[`;
  names.forEach((name, i) => {
    const entry = i === names.length - 1 ? `${name}]` : `${name},`;
    if (line.length + entry.length > LIST_WIDTH) {
      lines.push(line.trimEnd());
      line = '      ';
    }
    line += `${entry} `;
  });
  return [...lines, line.trimEnd()];
}

function windowsBootstrap(value: number): KubeletSnippet {
  return {
    id: 'windows-bootstrap',
    title: 'Windows bootstrap argument',
    appliesTo: 'user data of self-managed Windows nodes, on the Start-EKSBootstrap.ps1 line',
    text: `-KubeletExtraArgs "--max-pods=${value}"`,
  };
}
