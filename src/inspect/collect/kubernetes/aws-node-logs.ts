import type { CniLogs, LogSign } from '../../snapshot/live.ts';
import { defineKubernetesCollector } from '../define-collector.ts';
import { deniedAction } from './event-kind.ts';
import { optionalParts } from './optional-parts.ts';
import { chosenPods } from './sample.ts';

const TAIL = 200;

/** Texts of ipamd, of the plugin's entry point and of the policy agent, the most telling first; a line is counted once. */
const SIGNS: readonly (readonly [RegExp, LogSign])[] = [
  [/UnauthorizedOperation|not authorized to perform|AccessDenied/, 'unauthorized'],
  [
    /Unable to reach API Server|failed to (?:reach|communicate with) (?:the )?API server|dial tcp [^ ]*:443: (?:i\/o timeout|connect:)/i,
    'api-server-unreachable',
  ],
  [
    /NoCredentialProviders|failed to refresh cached credentials|no EC2 IMDS role found|WebIdentityErr/i,
    'no-credentials',
  ],
  [
    /EC2MetadataRequestError|failed to (?:get|retrieve) (?:instance )?metadata|IMDS .*(?:timeout|refused)/i,
    'metadata-unreachable',
  ],
  [/eniconfig.* not found|failed to get ENI ?Config/i, 'eniconfig-missing'],
  [/InsufficientCidrBlocks/, 'no-block'],
  [/InsufficientFreeAddressesInSubnet|insufficient free (?:IPv4 )?addresses/i, 'no-address'],
  [/RequestLimitExceeded|ThrottlingException|Request limit exceeded/i, 'throttled'],
  [/Invalid Network Policy (?:Enforcing )?Mode/i, 'policy-mode-invalid'],
  [/listen tcp [^ ]*: bind: address already in use|failed to bind/i, 'port-taken'],
  [/PrivateIpAddressLimitExceeded|address .* is already in use/i, 'address-in-use'],
];

export const cniLogs = defineKubernetesCollector<'cniLogs'>({
  section: 'cniLogs',
  purpose: 'what aws-node itself complains about in its log is unknown (asked for by --logs)',
  calls: [{ rbac: { group: '', resource: 'pods/log', verbs: ['get'], namespace: 'kube-system' }, tier: 'optional' }],
  async collect(kubernetes, ctx) {
    const cni = await ctx.need('cni');
    const parts = optionalParts();
    const names = [...cni.initContainers, ...cni.containers].map((c) => c.name);
    const asked = chosenPods(cni.pods).flatMap((pod) => {
      // a container that never ran has no log, and one that was restarted says why in the run before
      const unwell = new Map((pod.containers ?? []).map((c) => [c.name, c]));
      const wanted = unwell.size > 0 ? names.filter((n) => unwell.has(n)) : ['aws-node'];
      return wanted.map((container) => ({ pod, container, previous: (unwell.get(container)?.restarts ?? 0) > 0 }));
    });
    const logs = await Promise.all(
      asked.map(async ({ pod, container, previous }) => {
        const query = { container, tailLines: String(TAIL), ...(previous ? { previous: 'true' } : {}) };
        const text = await parts.read(
          kubernetes.text(`/api/v1/namespaces/kube-system/pods/${encodeURIComponent(pod.name)}/log`, query),
          undefined,
        );
        return text === undefined
          ? []
          : [{ pod: pod.name, ...(pod.node ? { node: pod.node } : {}), container, previous, ...signsOf(text) }];
      }),
    );
    return { data: logs.flat(), missing: parts.missing };
  },
});

/** What the lines are about. None of their text is kept. */
export function signsOf(text: string): Pick<CniLogs[number], 'lines' | 'signs'> {
  const lines = text.split('\n').filter((l) => l.trim() !== '');
  const found = new Map<LogSign, { lines: number; action?: string }>();
  for (const line of lines) {
    const sign = SIGNS.find(([pattern]) => pattern.test(line))?.[1];
    if (!sign) continue;
    const entry = found.get(sign) ?? { lines: 0 };
    const action = sign === 'unauthorized' ? (entry.action ?? deniedAction(undefined, line)) : undefined;
    found.set(sign, { lines: entry.lines + 1, ...(action ? { action } : {}) });
  }
  return { lines: lines.length, signs: [...found].map(([sign, entry]) => ({ sign, ...entry })) };
}
