import type { InstanceType } from '../catalog/instance-type.ts';
import { SOURCES } from '../catalog/sources.generated.ts';
import {
  autoModePods,
  calculatorPods,
  effectivePods,
  eniDefault,
  karpenterPods,
  type Setting,
} from './authority-rules.ts';
import { prefixesWork } from './capacity.ts';
import { KUBELET_DEFAULT } from './ceiling.ts';
import type { Authority, AuthorityId, MaxPodsItem } from './item.ts';
import type { Settings } from './settings.ts';

/** A rule's answer for one type and one node; null where this authority has no say. */
interface Answer {
  readonly setting: Setting | null;
  readonly note: string;
}

interface Rule {
  readonly id: AuthorityId;
  readonly asOf: string;
  readonly answer: (type: InstanceType, settings: Settings) => Answer;
}

const flat = (value: number): Setting => ({ uncapped: value, maxPods: value });
const lists = (type: InstanceType, source: string): boolean => type.sources.includes(source);
const LINUX_ONLY: Answer = { setting: null, note: 'Linux only' };

/** Answers on Linux; `linux` alone sets Windows aside. */
const linux =
  (answer: Rule['answer']): Rule['answer'] =>
  (type, settings) =>
    settings.windows ? LINUX_ONLY : answer(type, settings);

/** In order of how often one meets them as a table or program, then what takes a node out of these rules. */
const RULES: readonly Rule[] = [
  { id: 'eni-max-pods.txt', asOf: SOURCES['eni-max-pods'].date, answer: linux(publishedTable) },
  { id: 'max-pods-calculator.sh', asOf: '2026-03-04', answer: linux(calculator) },
  { id: 'al2-bootstrap', asOf: '2026-02-27', answer: linux(al2Bootstrap) },
  { id: 'nodeadm', asOf: SOURCES.nodeadm.date, answer: linux(nodeadm) },
  { id: 'bottlerocket', asOf: SOURCES.bottlerocket.date, answer: linux(bottlerocket) },
  { id: 'managed-node-group', asOf: '2026', answer: managedNodeGroup },
  { id: 'karpenter', asOf: SOURCES['karpenter-docs'].date, answer: karpenter },
  { id: 'eks-auto-mode', asOf: '2026', answer: linux(autoMode) },
  { id: 'windows', asOf: '2026-04', answer: windows },
  { id: 'fargate', asOf: '2024-12', answer: linux(() => ({ setting: flat(1), note: 'one pod per node' })) },
  { id: 'kubelet-default', asOf: 'v1beta1', answer: kubeletDefault },
];

/** What each authority sets for this type, in a fixed order, the one the options select marked. */
export function authoritiesOf(type: InstanceType, settings: Settings): readonly Authority[] {
  const selected = selectedAuthority(settings);
  return RULES.map(({ id, asOf, answer }) => {
    const { setting, note } = answer(type, settings);
    return {
      id,
      maxPods: setting?.maxPods ?? null,
      uncappedMaxPods: setting?.uncapped ?? null,
      applies: id === selected,
      asOf,
      note,
    };
  });
}

/** Whether AL2023, Bottlerocket and Karpenter arrive at the number by themselves. */
export function defaultsSuffice(items: readonly MaxPodsItem[]): boolean {
  const makers: readonly AuthorityId[] = ['nodeadm', 'bottlerocket', 'karpenter'];
  return items.every((item) => makers.every((id) => setBy(item, id) === item.maxPods));
}

function setBy(item: MaxPodsItem, id: AuthorityId): number | null {
  return item.authorities.find((authority) => authority.id === id)?.maxPods ?? null;
}

/** Options that only one authority reads name it; otherwise how the node is made decides, which options do not tell. */
function selectedAuthority(settings: Settings): AuthorityId | undefined {
  if (settings.windows) return 'windows';
  return settings.reservedEnis === undefined ? undefined : 'karpenter';
}

/** Lowers a kubelet setting by podsPerCore and says so. */
function onKubelet(type: InstanceType, settings: Settings, setting: Setting, note: string): Answer {
  const maxPods = effectivePods(setting.maxPods, settings.podsPerCore, type.vcpus);
  if (maxPods === setting.maxPods) return { setting, note };
  return {
    setting: { ...setting, maxPods },
    note: `${note}; podsPerCore ${settings.podsPerCore} × ${type.vcpus} vCPUs`,
  };
}

function publishedTable(type: InstanceType): Answer {
  if (!lists(type, 'eni-max-pods')) return { setting: null, note: 'not listed' };
  return { setting: flat(eniDefault(type)), note: 'published table; default mode only' };
}

function calculator(type: InstanceType, settings: Settings): Answer {
  const { customNetworking, maxEni, cniVersion } = settings;
  const prefix = settings.prefix || settings.ipv6;
  const setting = calculatorPods(type, {
    prefix,
    customNetworking,
    cniVersion,
    ...(maxEni === undefined ? {} : { maxEni }),
  });
  const differences = [
    prefix && prefixesWork(type, cniVersion) && type.hypervisor !== 'nitro'
      ? 'does not see prefixes on bare metal'
      : '',
    maxEni !== undefined && maxEni < 1 ? `takes MAX_ENI ${maxEni} literally, the CNI ignores it` : '',
    settings.sgp ? 'does not see the trunk' : '',
  ].filter(Boolean);
  return { setting, note: ['retired with AL2', ...differences].join('; ') };
}

function al2Bootstrap(type: InstanceType, settings: Settings): Answer {
  const note = `retired; ${lists(type, 'eni-max-pods') ? 'table row' : 'not in the table: calculator, uncapped'}`;
  return onKubelet(type, settings, flat(eniDefault(type)), note);
}

function nodeadm(type: InstanceType, settings: Settings): Answer {
  const known = lists(type, 'nodeadm');
  const note = known ? 'AL2023; a NodeConfig overrides it' : `AL2023; asks EC2 at boot, else ${KUBELET_DEFAULT}`;
  return onKubelet(type, settings, flat(eniDefault(type)), note);
}

/** Bottlerocket `pluto`: table row, else unset, so that kubelet's default stands. Its kubelet settings know no podsPerCore. */
function bottlerocket(type: InstanceType): Answer {
  if (lists(type, 'bottlerocket')) return { setting: flat(eniDefault(type)), note: 'table row; max-pods overrides it' };
  return { setting: flat(KUBELET_DEFAULT), note: 'not in its table: kubelet default' };
}

/** No public source. Documented and observed: the calculator's logic, the smallest type of the group (EKS user guide). */
function managedNodeGroup(type: InstanceType, settings: Settings): Answer {
  if (settings.windows) return onKubelet(type, settings, flat(KUBELET_DEFAULT), 'Windows groups');
  const { customNetworking, cniVersion } = settings;
  const prefix = settings.prefix || settings.ipv6;
  const setting = calculatorPods(type, { prefix, customNetworking, cniVersion });
  const doubts = [
    customNetworking ? 'custom networking documented in 2023, unconfirmed since' : '',
    settings.maxEni !== undefined ? 'whether it reads MAX_ENI is unknown' : '',
  ].filter(Boolean);
  return onKubelet(type, settings, setting, ['no custom AMI; smallest type of the group', ...doubts].join('; '));
}

function karpenter(type: InstanceType, settings: Settings): Answer {
  const { windows, reservedEnis, podsPerCore } = settings;
  const setting = karpenterPods(type, {
    windows,
    podsPerCore,
    ...(reservedEnis === undefined ? {} : { reservedEnis }),
  });
  if (windows) return { setting, note: 'Windows AMI families' };
  const how = `RESERVED_ENIS ${reservedEnis ?? 0}; kubelet.maxPods overrides`;
  const { later } = type;
  const live =
    later && later.maxEnis !== type.maxEnis
      ? ` (${karpenterPods({ ...type, maxEnis: later.maxEnis }, { reservedEnis: reservedEnis ?? 0 }).maxPods} seen live on ${later.seen})`
      : '';
  const capped = setting.maxPods < setting.uncapped ? `; podsPerCore ${podsPerCore}, not on Bottlerocket` : '';
  return { setting, note: `${how}${live}${capped}` };
}

function autoMode(type: InstanceType): Answer {
  return { setting: autoModePods(type), note: 'fixed by AWS; manages prefixes itself' };
}

function windows(type: InstanceType, settings: Settings): Answer {
  if (!settings.windows) return { setting: flat(KUBELET_DEFAULT), note: 'Windows nodes of any type' };
  return onKubelet(type, settings, flat(KUBELET_DEFAULT), 'any type; PrivateIPv4Address guards it');
}

function kubeletDefault(type: InstanceType, settings: Settings): Answer {
  return onKubelet(type, settings, flat(KUBELET_DEFAULT), 'when nothing sets maxPods');
}
