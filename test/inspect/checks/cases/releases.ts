import { addon, cluster, cni, node, nodegroup } from '../../../support/snapshot-builder.ts';
import type { Case } from './case.ts';
import { plain } from './worlds.ts';

const at = (version: string) => cni({ version, pods: plain().cniPods });
const offer = (...versions: string[]) => ({
  addon: 'vpc-cni',
  kubernetesVersion: '1.33',
  versions: versions.map((version, i) => ({ version, default: i === 0 })),
});
const K133 = cluster({ version: '1.33' });

export const add004: Case = {
  fires: [
    {
      name: 'older than recommended, and far behind the default',
      of: plain().snapshot({
        cluster: K133,
        cni: at('v1.16.0-eksbuild.1'),
        addons: [addon({ version: 'v1.16.0-eksbuild.1' })],
        addonVersions: offer(
          'v1.20.4-eksbuild.2',
          'v1.19.6-eksbuild.1',
          'v1.19.5-eksbuild.1',
          'v1.18.6-eksbuild.1',
          'v1.17.1-eksbuild.1',
        ),
      }),
      want: [
        {
          id: 'ADD004:vpc-cni',
          severity: 'warning',
          confidence: 'derived',
          evidence: {
            version: 'v1.16.0-eksbuild.1',
            recommended: '1.17.1',
            default: 'v1.20.4-eksbuild.2',
            minorsBehind: 4,
            path: ['v1.17.1-eksbuild.1', 'v1.18.6-eksbuild.1', 'v1.19.6-eksbuild.1', 'v1.20.4-eksbuild.2'],
          },
          commands: [
            /^aws .* v1\.17\.1-eksbuild\.1 .* && aws .* wait .* && aws .* v1\.18\.6-eksbuild\.1 .* && aws .* wait .* && aws .* v1\.19\.6-eksbuild\.1 .* && aws .* wait .* && aws .* v1\.20\.4-eksbuild\.2 [^&]*$/,
          ],
        },
      ],
    },
    {
      name: 'older than recommended, and EKS was not asked',
      of: plain().snapshot({ cluster: cluster({ version: '1.30' }), cni: at('v1.15.5-eksbuild.1') }),
      want: [
        {
          id: 'ADD004:vpc-cni',
          severity: 'warning',
          evidence: { recommended: '1.16.0', default: null, path: ['v1.16.0-eksbuild.1'] },
        },
      ],
    },
  ],
  quiet: [
    {
      name: 'three minor releases behind',
      of: plain().snapshot({
        cluster: K133,
        cni: at('v1.17.1-eksbuild.1'),
        addonVersions: offer('v1.20.4-eksbuild.2'),
      }),
    },
    { name: 'an image with a tag of its own', of: plain().snapshot({ cluster: K133, cni: at('prod-7') }) },
    { name: 'a Kubernetes version later than the table', of: plain().snapshot({ cni: at('v1.19.0-eksbuild.1') }) },
  ],
};

const os = (name: string, osImage: string) =>
  node({ name, osImage, labels: { 'eks.amazonaws.com/nodegroup': 'workers' } });

export const hlt006: Case = {
  fires: [
    {
      name: 'Flatcar and Ubuntu before v1.20.1',
      of: plain().snapshot({
        cni: at('v1.19.2-eksbuild.1'),
        nodes: [os('n1', 'Flatcar Container Linux by Kinvolk 3815.2.0'), os('n2', 'Ubuntu 22.04.4 LTS')],
        nodegroups: [nodegroup({ amiType: 'CUSTOM' })],
      }),
      want: [
        {
          id: 'HLT006/mac-policy:Flatcar Container Linux by Kinvolk 3815.2.0',
          severity: 'warning',
          confidence: 'heuristic',
          evidence: { nodes: ['n1'], cniVersion: 'v1.19.2-eksbuild.1', amiTypes: ['CUSTOM'] },
          commands: [],
        },
        { id: 'HLT006/mac-policy:Ubuntu 22.04.4 LTS', severity: 'info' },
      ],
    },
    {
      name: 'Red Hat 9 with a release of old',
      of: plain().snapshot({
        cni: at('v1.11.4-eksbuild.1'),
        nodes: [os('n1', 'Red Hat Enterprise Linux 9.3 (Plow)'), os('n2', 'Amazon Linux 2023')],
      }),
      want: [
        { id: 'HLT006/nm-cloud-setup:Red Hat Enterprise Linux 9.3 (Plow)', severity: 'warning' },
        { id: 'HLT006/nftables:Red Hat Enterprise Linux 9.3 (Plow)', severity: 'warning' },
      ],
    },
  ],
  quiet: [
    { name: 'Ubuntu with v1.23.1', of: plain().snapshot({ nodes: [os('n1', 'Ubuntu 24.04.1 LTS')] }) },
    { name: 'Ubuntu 20.04', of: plain().snapshot({ cni: at('v1.19.2'), nodes: [os('n1', 'Ubuntu 20.04.6 LTS')] }) },
    {
      name: 'images of AWS',
      of: plain().snapshot({
        cni: at('v1.16.0'),
        nodes: [os('n1', 'Amazon Linux 2023'), os('n2', 'Bottlerocket OS 1.19.0 (aws-k8s-1.29)')],
      }),
    },
  ],
};
