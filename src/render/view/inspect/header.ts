/** Line 1: which cluster this is and how its CNI is set up. */
import { type Mode, type Pattern, patternNumber } from '../../../calc/patterns.ts';
import type { ClusterSummary, Inspection, SettingInForce } from '../../../inspect/contract/report.ts';
import { age, count, moment, things, UNKNOWN } from '../../../inspect/contract/words.ts';
import { type Block, joined, type Span, span, unbroken } from '../../blocks.ts';
import type { ViewOptions } from '../../format/define-format.ts';

const INSTALLED: Readonly<Record<string, string>> = {
  'managed-addon': 'managed add-on',
  helm: 'Helm',
  manifest: 'manifest',
  unknown: 'install method unknown',
  none: 'not installed',
};

const PATTERNS: Readonly<Record<Pattern, string>> = {
  default: 'default networking',
  sgp: 'security groups for pods',
  custom: 'custom networking',
  'custom+sgp': 'custom networking + security groups for pods',
};

const MODES: Readonly<Record<Mode, string>> = {
  secondary: 'secondary IPs',
  prefix: '/28 prefixes',
  ipv6: 'IPv6',
};

const ORIGINS: Readonly<Record<SettingInForce['origin'], string>> = {
  'addon-configuration': 'add-on configuration',
  'config-map': 'ConfigMap',
  daemonset: 'DaemonSet',
  default: 'default',
};

const WARM = new Set(['WARM_ENI_TARGET', 'WARM_IP_TARGET', 'MINIMUM_IP_TARGET', 'WARM_PREFIX_TARGET', 'MAX_ENI']);

export function headerBlocks(report: Inspection, { wide, now }: ViewOptions): Block[] {
  const { cluster } = report;
  const first = [
    span(cluster.name, 'strong'),
    ...(cluster.kubernetesVersion ? [`EKS ${cluster.kubernetesVersion}`] : []),
    ...(cluster.region ? [cluster.region] : []),
    takenText(report, now),
  ];
  const setUp = [
    cniText(cluster),
    ...(wide && cluster.arn ? [cluster.arn] : []),
    pairText(cluster),
    ...warmTexts(cluster),
    `network policy ${networkPolicyText(cluster)}`,
    vpcText(cluster),
    ...sizeTexts(cluster),
  ];
  return [
    { kind: 'line', text: joined(first.map(whole)), hang: 2 },
    { kind: 'line', text: joined(setUp.map(whole)), indent: 2, hang: 0 },
  ];
}

/** When this was so, and how it was learnt. */
function takenText({ origin, generatedAt }: Inspection, now: number): string {
  if (origin.kind === 'live')
    return `${moment(generatedAt)}, read in ${origin.seconds.toFixed(1)} s with ${things(origin.requests, 'request')}, read-only`;
  const old = age((now - Date.parse(generatedAt)) / 1000);
  return `${origin.kind === 'demo' ? 'DEMO SNAPSHOT' : 'SNAPSHOT'} of ${moment(generatedAt)}, ${old} old`;
}

/** Kept on one line where the narrowest terminal has room for it. */
function whole(part: string | Span): string | Span {
  const keep = (text: string) => (text.length < NARROW ? unbroken(text) : text);
  return typeof part === 'string' ? keep(part) : { ...part, text: keep(part.text) };
}
const NARROW = 76;

function cniText({ cni }: ClusterSummary): string {
  const method = INSTALLED[cni.installMethod] ?? cni.installMethod;
  if (cni.installMethod === 'none') return 'vpc-cni not installed';
  return `vpc-cni ${cni.version ?? UNKNOWN} (${method})`;
}

function pairText({ pattern, mode }: ClusterSummary): string | Span {
  if (!pattern || !mode) return span('pattern and mode unknown', 'warning');
  return `pattern ${patternNumber(pattern)} ${PATTERNS[pattern]}, ${MODES[mode]}`;
}

/** The targets that decide how much is kept warm: IP targets switch the other two off, and each mode has its own. */
function warmTexts({ settings, mode }: ClusterSummary): string[] {
  const shown = warmSettings(settings, mode);
  return shown.map((s) => `${s.name}=${s.effective} (${ORIGINS[s.origin]})`);
}

function warmSettings(settings: readonly SettingInForce[], mode: Mode | null): readonly SettingInForce[] {
  if (mode === 'ipv6') return [];
  // A target that another one overrules, or that is not set, is no bare number.
  return settings.filter((s) => WARM.has(s.name) && /^\d+$/.test(s.effective));
}

function networkPolicyText({ networkPolicy }: ClusterSummary): string {
  const states = {
    enforced: 'enforced',
    off: 'off',
    half: 'half set up',
    'other-engine': 'by another engine',
    unknown: 'unknown',
  } as const;
  const detail = networkPolicy.detail && networkPolicy.state !== 'off' ? ` (${networkPolicy.detail})` : '';
  return `${states[networkPolicy.state]}${detail}`;
}

function vpcText({ vpcCidrs, vpcId }: ClusterSummary): string {
  if (!vpcCidrs) return `VPC ${vpcId ?? ''} CIDRs unknown`.replace('  ', ' ');
  return `VPC ${vpcCidrs.join(' + ')}`;
}

function sizeTexts({ nodes, pods }: ClusterSummary): string[] {
  if (!pods) return [nodes === null ? 'nodes and pods unknown' : `${things(nodes, 'node')}, pods unknown`];
  const rest = pods.total - pods.addressed - pods.branch - pods.hostNetwork;
  const classes = [
    `${count(pods.addressed)} on pod IPs`,
    ...(pods.branch > 0 ? [`${count(pods.branch)} on branch ENIs`] : []),
    `${count(pods.hostNetwork)} on the host network`,
    ...(rest > 0 ? [`${count(rest)} on none`] : []),
  ];
  return [`${things(nodes, 'node')}, ${things(pods.total, 'pod')} (${classes.join(', ')})`];
}

/** Every setting of aws-node, for the wide format. */
export function settingsBlocks({ cluster: { settings } }: Inspection): Block[] {
  if (settings.length === 0) return [];
  return [
    { kind: 'heading', text: 'SETTINGS IN FORCE' },
    {
      kind: 'table',
      indent: 2,
      columns: [
        { title: 'VARIABLE' },
        { title: 'VALUE', flexible: true },
        { title: 'SET BY' },
        { title: 'NOTE', flexible: true },
      ],
      rows: settings.map((s) => [s.name, s.effective === '' ? '""' : s.effective, ORIGINS[s.origin], s.note ?? '']),
    },
  ];
}
