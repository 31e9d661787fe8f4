/** An image of aws-node that nodes cannot pull: no log is written by a container that never started, the kubelet's events say why. */
import { helmUpgrade } from '../../cni-settings.ts';
import type { Fix } from '../../contract/finding.ts';
import { things } from '../../contract/words.ts';
import type { FixContext } from '../../facts/fix-context.ts';
import { named } from '../../shell.ts';
import { kubectl } from '../support/commands.ts';
import { restartAwsNode } from './aws-node-pods.ts';
import { reapplyAddon } from './upgrade-cni.ts';

/** Where the chart has the image of each container (aws-vpc-cni chart: values.yaml). */
const IN_CHART: Readonly<Record<string, string>> = {
  'aws-node': 'image',
  'aws-vpc-cni-init': 'init.image',
  'aws-eks-nodeagent': 'nodeAgent.image',
};

/** Account of EKS's images in every Region that needs no opt-in (EKS user guide: add-ons-images). */
const ACCOUNT = '602401143452';
const WITH_ACCOUNT =
  /^(?:us-(?:east|west)-[12]|ca-central-1|eu-(?:west-[123]|central-1|north-1)|ap-(?:south-1|northeast-[123]|southeast-[12])|sa-east-1)$/;

interface Registry {
  readonly host: string;
  readonly account: string;
  readonly region: string;
}

function registryOf(image: string): Registry | undefined {
  const [, host, account, region] =
    /^((\d{12})\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?)\//.exec(image) ?? [];
  return host && account && region ? { host, account, region } : undefined;
}

/** The registry of this Region, as another container of aws-node names it, else as EKS documents it. */
function ownRegistry(region: string, images: readonly string[]): Registry | undefined {
  const told = images.map(registryOf).find((r) => r?.region === region);
  if (told || !WITH_ACCOUNT.test(region)) return told;
  return { host: `${ACCOUNT}.dkr.ecr.${region}.amazonaws.com`, account: ACCOUNT, region };
}

/** `container` undefined: the file does not tell containers apart. */
export function pullImage(
  fix: FixContext,
  pod: string,
  container: string | undefined,
  nodes: readonly string[],
): Fix[] {
  const all = [...(fix.cni?.containers ?? []), ...(fix.cni?.initContainers ?? [])];
  const image = all.find((c) => c.name === container)?.image;
  const registry = image === undefined ? undefined : registryOf(image);
  // a mirror in an account of one's own may well be elsewhere
  const foreign = registry?.account === ACCOUNT && fix.region !== undefined && registry.region !== fix.region;
  const tag = /:(v\d[^:/@]*)$/.exec(image ?? '')?.[1];
  const managed = fix.addon !== undefined && fix.cni?.installMethod === 'managed-addon';
  // the agent has a release of its own
  const other = managed && tag !== undefined && container !== 'aws-eks-nodeagent' && tag !== fix.addon?.version;
  if (managed && (foreign || other)) return reapplyAddon(fix);
  const own =
    foreign && fix.region
      ? ownRegistry(
          fix.region,
          all.map((c) => c.image),
        )
      : undefined;
  if (container !== undefined && image && registry && own) return [moveRegistry(fix, container, image, registry, own)];
  return [
    {
      title: `Read what the registry answered, then start aws-node anew on ${things(nodes.length, 'node')}`,
      commands: [kubectl('-n', 'kube-system', 'describe', 'pod', named('pod', pod)), ...restartAwsNode(fix, nodes)],
      changes: `Starts aws-node afresh; running pods keep their network. The events at the end of the first say why${
        image === undefined ? '' : ` ${image} does not come`
      }: not found, the repository or tag does not exist; 403 or no basic auth credentials, the role of the nodes lacks AmazonEC2ContainerRegistryPullOnly; i/o timeout, no way to ecr.api, ecr.dkr and S3. A new pod only helps once that is mended.`,
      effect: 'minutes',
    },
  ];
}

function moveRegistry(fix: FixContext, container: string, image: string, from: Registry, to: Registry): Fix {
  const title = `Take the image of ${container} from the registry of ${to.region}`;
  const effect = 'minutes' as const;
  const key = IN_CHART[container];
  const release = fix.cni?.installMethod === 'helm' ? fix.cni.helmRelease : undefined;
  if (release && key) {
    const sets = ['--set-string', `${key}.region=${to.region}`, '--set-string', `${key}.account=${to.account}`];
    return {
      title,
      ...helmUpgrade(release, sets),
      changes: `Sets ${key}.region and ${key}.account in the Helm release ${release.name}, keeping its other values; aws-node restarts node by node.`,
      effect,
    };
  }
  const wanted = to.host + image.slice(from.host.length);
  return {
    title,
    commands: [
      kubectl(
        '-n',
        'kube-system',
        'set',
        'image',
        'ds/aws-node',
        `${named('object', container)}=${named('text', wanted)}`,
      ),
    ],
    changes: `${container} runs ${wanted} in place of ${image}; aws-node restarts node by node.`,
    effect,
    risk: 'Applying the same manifest again sets it back: change the image there as well.',
  };
}
