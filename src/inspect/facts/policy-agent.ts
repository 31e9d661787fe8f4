import { defineFact, notTold, section } from './define-fact.ts';

/** How network policy is switched on, and who else may enforce it. */
export interface PolicyAgent {
  /** A container `aws-eks-nodeagent` stands in the DaemonSet. */
  readonly present: boolean;
  /** `--enable-network-policy` as written; undefined where it is not given, which means false (aws-network-policy-agent main.go). */
  readonly flag?: string;
  readonly enabled: boolean;
  /** `NETWORK_POLICY_ENFORCING_MODE` of the container aws-node as written. */
  readonly mode?: string;
  /** That variable comes from an object that was not read. */
  readonly unread: boolean;
  /** `enable-network-policy-controller` of the ConfigMap amazon-vpc-cni. */
  readonly controller?: string;
  readonly otherEngines: readonly string[];
  /** Release of the agent as its image says it, `v1.4.2`; undefined for an image with another tag. */
  readonly version?: string;
  /** Flags of the agent as written, by their names without dashes. */
  readonly flags: Readonly<Record<string, string>>;
}

const AGENT = 'aws-eks-nodeagent';
const FLAG = 'enable-network-policy';
const MODE = 'NETWORK_POLICY_ENFORCING_MODE';

export const policyAgent = defineFact({
  id: 'policyAgent',
  needs: { cni: section('cni') },
  derive: ({ cni }): PolicyAgent | ReturnType<typeof notTold> => {
    if (!cni.installed) return notTold('there is no DaemonSet kube-system/aws-node');
    const agent = cni.containers.find((c) => c.name === AGENT);
    const main = cni.containers.find((c) => c.name === 'aws-node');
    const flag = agent && flagsOf(agent.args)[FLAG];
    return {
      present: agent !== undefined,
      flag,
      enabled: flag?.toLowerCase() === 'true',
      mode: main?.env[MODE],
      unread: main?.unresolved.includes(MODE) ?? false,
      controller: cni.configMap?.['enable-network-policy-controller'],
      otherEngines: cni.otherCnis.map((o) => o.engine),
      version: /:(v?\d+\.\d+\.\d+[^@/:]*)(?:@.*)?$/.exec(agent?.image ?? '')?.[1],
      flags: flagsOf(agent?.args ?? []),
    };
  },
});

/** `--enable-network-policy=true`, with one dash or two; a bare flag means true (pflag). The last one counts. */
function flagsOf(args: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    args.flatMap((arg) => {
      const [, name, value] = /^--?([a-z-]+)(?:=(.*))?$/.exec(arg) ?? [];
      return name === undefined ? [] : [[name, value ?? 'true']];
    }),
  );
}
