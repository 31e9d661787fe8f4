/** Versions and revisions: of the cluster, the add-on, the DaemonSet. */
import { cniAddon } from '../../../facts/addon.ts';
import { section } from '../../../facts/define-fact.ts';
import { type ChangeDraft, type Pair, shift, type Topics } from '../draft.ts';

export function releaseChanges(pair: Pair): readonly ChangeDraft[] {
  const cluster = pair.both('cluster', section('cluster'));
  const addon = pair.both('add-on vpc-cni', cniAddon);
  const cni = pair.both('DaemonSet aws-node', section('cni'));
  return [
    ...(cluster
      ? one('cluster', `cluster ${cluster[1].name}`, ['ADD', 'SUB', 'MAX'], cluster, [
          ['Kubernetes', (c) => c.version],
          ['platform', (c) => c.platformVersion],
          ['control-plane subnets', (c) => c.subnetIds],
        ])
      : []),
    ...(addon
      ? one('addon', 'add-on vpc-cni', ['ADD', 'HLT', 'IAM', 'CFG'], addon, [
          ['version', (a) => a?.version],
          ['status', (a) => a?.status],
          ['role', (a) => a?.serviceAccountRoleArn],
        ])
      : []),
    ...(cni
      ? one('daemonset', 'DaemonSet aws-node', ['ADD', 'HLT', 'CFG', 'MAX'], cni, [
          ['installed', (c) => (c.installed ? 'yes' : 'no')],
          ['version', (c) => c.version],
          ['revision', (c) => c.revision],
          ['installed by', (c) => c.installMethod],
        ])
      : []),
  ];
}

function one<T>(
  kind: ChangeDraft['kind'],
  subject: string,
  topics: Topics,
  [was, is]: readonly [T, T],
  fields: readonly (readonly [string, (value: T) => unknown])[],
): ChangeDraft[] {
  const said = fields.flatMap(([name, of]) => shift(name, of(was), of(is)));
  if (said.length === 0) return [];
  return [
    { kind, subject, ...ends(said), statement: `${subject}: ${said.join(', ')}`, topics, touches: {}, weight: 1 },
  ];
}

/** The two ends of `name a → b, other c → d`, each on its own. */
export function ends(said: readonly string[]): { readonly before: string; readonly after: string } {
  const halves = said.map((s) => s.split(' → '));
  const name = (half: string) => half.slice(0, half.indexOf(' '));
  return {
    before: halves.map(([a]) => a!).join(', '),
    after: halves.map(([a, b]) => `${name(a!)} ${b}`).join(', '),
  };
}
