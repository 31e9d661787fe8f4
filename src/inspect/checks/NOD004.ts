import * as v from 'valibot';
import { some, things } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { fixContext } from '../facts/fix-context.ts';
import { type NodeEnis, nodeEnis } from '../facts/node-enis.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { nodeGroupOf, nodeGroupText } from '../facts/support/node-group.ts';
import { commandLine, named } from '../shell.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { aws } from './support/commands.ts';
import { groupText } from './support/groups.ts';
import { nodeResources } from './support/resources.ts';

const evidence = v.object({
  group: v.string(),
  nodes: v.number(),
  enis: v.array(v.string()),
  /** Launch templates that ask for it; null where not all of them were read. */
  templates: v.nullable(v.array(v.string())),
});
type Evidence = v.InferOutput<typeof evidence>;

export const NOD004 = defineCheck({
  code: 'NOD004',
  title: 'Primary ENI survives instance termination',
  severity: 'warning',
  grain: 'group',
  needs: { nodes: nodesServedByCni, enis: nodeEnis },
  helps: { templates: section('launchTemplates'), fix: fixContext },
  partialOk: true,
  evidence,
  evaluate: ({ enis, templates, fix }, { gapsOf }) => {
    const kept = [...enis.values()].filter((e) => e.primary?.attachment?.deleteOnTermination === false);
    const guilty = (templates ?? []).filter((t) => t.primaryDeleteOnTermination === false).map((t) => t.id);
    return [...groupBy(kept, (e) => nodeGroupText(nodeGroupOf(e.node))).values()].map((members): Draft<Evidence> => {
      const group = nodeGroupOf(members[0]!.node);
      const names = members.map((e) => e.node.name);
      return {
        key: nodeGroupText(group),
        confidence: 'observed',
        resources: nodeResources(names),
        scope: { nodes: names },
        evidence: {
          group: groupText({ group }),
          nodes: names.length,
          enis: members.map((e) => e.primary!.eniId),
          templates: gapsOf('templates').length > 0 && guilty.length === 0 ? null : guilty,
        },
        fixes: [
          {
            title: `Let EC2 delete ${members.length === 1 ? 'it' : 'them'} with the instance`,
            commands: members.map((e) => deleteOnTermination(fix, e)),
            changes:
              'The primary ENI goes when its instance is terminated. Nothing changes while it runs; new nodes follow the launch template, so set DeleteOnTermination there as well.',
            effect: 'immediate',
            risk: 'Leave out appliances whose fixed address is meant to outlive them.',
          },
        ],
      };
    });
  },
  summary: (e) =>
    `the primary ENI of ${things(e.nodes, 'node')} of ${e.group} (${some(e.enis)}) stays behind when the instance ends${
      e.templates && e.templates.length > 0 ? `; launch template ${some(e.templates)} asks for it` : ''
    }`,
  explanation: {
    why: 'Every node that is replaced leaves an unattached interface and its address. They look like leaks of aws-node, but carry none of its tags, so no cleaner ever deletes them.',
    how: 'The attachment of the interface at device index 0 says DeleteOnTermination=false. It is false when a launch template says so, or the interface was made apart from the instance.',
    fix: 'Set DeleteOnTermination on these attachments and in the launch template; delete interfaces that are already left over.',
    verify: 'vpccni inspect no longer names the interface.',
    references: [
      'https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyNetworkInterfaceAttribute.html',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/69',
    ],
  },
});

/** The id of the attachment is asked for and handed on: it is not in what was read. */
function deleteOnTermination(fix: Parameters<typeof aws>[0], { primary }: NodeEnis): string {
  const eniId = named('eni', primary!.eniId);
  const find = aws(
    fix,
    'ec2',
    'describe-network-interfaces',
    '--network-interface-ids',
    eniId,
    '--query',
    'NetworkInterfaces[0].Attachment.AttachmentId',
    '--output',
    'text',
  );
  const set = commandLine(
    'xargs',
    '-I{}',
    'aws',
    'ec2',
    'modify-network-interface-attribute',
    '--network-interface-id',
    eniId,
    '--attachment',
    'AttachmentId={},DeleteOnTermination=true',
    ...(fix.region ? ['--region', fix.region] : []),
  );
  // an interface that was detached meanwhile answers `None`
  return `${find} | grep '^eni-attach-' | ${set}`;
}
