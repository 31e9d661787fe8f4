import * as v from 'valibot';
import { parseIpv4 } from '../../calc/cidr.ts';
import { some, things, verb } from '../contract/words.ts';
import { addressHolders } from '../facts/address-holders.ts';
import { section } from '../facts/define-fact.ts';
import { isLive } from '../facts/demand.ts';
import { fixContext } from '../facts/fix-context.ts';
import { nodeEnis } from '../facts/node-enis.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { nodeGroupOf } from '../facts/support/node-group.ts';
import { type Pod, podsOf } from '../snapshot/pods.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { replaceNodes, riskOfDrains } from './fixes/replace-nodes.ts';
import { secondsSince } from './support/ages.ts';
import { nodeResources } from './support/resources.ts';

const evidence = v.object({
  pods: v.array(v.object({ pod: v.string(), node: v.string(), ip: v.string(), eniId: v.nullable(v.string()) })),
  reason: v.picklist(['duplicate', 'foreign-eni', 'no-eni', 'node-address']),
});
type Evidence = v.InferOutput<typeof evidence>;
type Reason = Evidence['reason'];

interface Wrong {
  readonly pod: Pod;
  readonly reason: Reason;
  readonly eniId: string | null;
}

/** Pods and ENIs are read some seconds apart: a younger pod may have got its address in between. */
const SETTLED_SECONDS = 300;

const WORDS: Readonly<Record<Reason, string>> = {
  duplicate: 'share one address with another live pod',
  'foreign-eni': 'have an address that EC2 holds on an ENI of something else',
  'no-eni': 'have an address that EC2 holds on no ENI',
  'node-address': "have the primary address of one of their node's ENIs",
};

export const HLT005 = defineCheck({
  code: 'HLT005',
  title: 'Address bookkeeping disagrees between Kubernetes and EC2',
  severity: 'error',
  grain: 'node',
  modes: ['secondary', 'prefix'],
  needs: { nodes: nodesServedByCni, pods: section('pods'), enis: nodeEnis, holders: addressHolders },
  helps: { fix: fixContext },
  partialOk: ['nodes', 'pods'],
  evidence,
  evaluate: ({ nodes, pods, enis, holders, fix }, { now }) => {
    const served = new Map(nodes.served.map((n) => [n.name, n]));
    const addressed = [...podsOf(pods)].filter(
      (pod) =>
        isLive(pod) &&
        !pod.terminating &&
        pod.class === 'ordinary' &&
        pod.ip !== undefined &&
        served.has(pod.node ?? ''),
    );
    const wrongAmong = (mine: readonly Pod[]): Wrong[] => {
      const byIp = new Map<string, number>();
      for (const pod of mine) byIp.set(pod.ip!, (byIp.get(pod.ip!) ?? 0) + 1);
      return mine.flatMap((pod): Wrong[] => {
        const address = parseIpv4(pod.ip!);
        const own = enis.get(pod.node!);
        if (address === undefined || !own?.primary) return [];
        const holder = holders(address);
        const eniId = holder?.eni.eniId ?? null;
        if ((byIp.get(pod.ip!) ?? 0) > 1) return [{ pod, reason: 'duplicate', eniId }];
        if (!holder) return [{ pod, reason: 'no-eni', eniId }];
        if (holder.eni.attachment?.instanceId !== own.instanceId) return [{ pod, reason: 'foreign-eni', eniId }];
        return holder.as === 'primary' ? [{ pod, reason: 'node-address', eniId }] : [];
      });
    };
    // To tell the age of 150,000 pods takes longer than to find the few whose age matters.
    const isSettled = ({ pod }: Wrong) => (secondsSince(pod.createdAt, now) ?? 0) > SETTLED_SECONDS;
    const wrong = wrongAmong(
      wrongAmong(addressed)
        .filter(isSettled)
        .map((w) => w.pod),
    );
    const groups = groupBy(wrong, (w) => w.reason);
    return [...groups].map(([reason, members]): Draft<Evidence> => {
      const names = [...new Set(members.map((w) => w.pod.node!))].sort();
      return {
        key: 'pods',
        subReason: reason,
        confidence: 'observed',
        resources: nodeResources(names),
        scope: { nodes: names },
        evidence: {
          pods: members.map((w) => ({
            pod: `${w.pod.namespace}/${w.pod.name}`,
            node: w.pod.node!,
            ip: w.pod.ip!,
            eniId: w.eniId,
          })),
          reason,
        },
        fixes: [
          {
            title: `Replace ${things(names.length, 'node')} one by one`,
            commands: replaceNodes(
              fix,
              names.map((n) => ({ node: served.get(n)!, group: nodeGroupOf(served.get(n)!) })),
            ),
            changes: 'Pods get addresses that EC2 knows on their new nodes.',
            effect: 'node-replacement',
            risk: `${riskOfDrains(names.length)} Keep one node cordoned for aws-cni-support.sh where the cause is to be found.`,
          },
        ],
      };
    });
  },
  summary: (e) =>
    `${things(e.pods.length, 'pod')} (${some(e.pods.map((p) => `${p.pod} ${p.ip}`))}) ${verb(e.pods.length, WORDS[e.reason].replace(/^share/, 'shares').replace(/^have/, 'has'), WORDS[e.reason])}`,
  explanation: {
    why: 'Traffic for such an address goes to another pod or nowhere. It is what stale instance metadata, a deleted ENI or a restart of ipamd at the wrong moment leave behind, and it does not mend itself.',
    how: 'Live pods of aws-node older than five minutes: duplicate, two of them with one address; no-eni, an address on no interface that EC2 shows; foreign-eni, an address on an interface that is not attached to the node; node-address, the primary address of an interface. Pods that end, host-network, Fargate and Windows pods are left out. Not evaluated where ENIs were read in part.',
    fix: 'Drain and replace the node, then update aws-node.',
    verify: 'vpccni inspect no longer names the pods.',
    references: [
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/1967',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/2203',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/1091',
    ],
  },
});
