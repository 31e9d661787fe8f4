/** Names of variables on aws-node's containers that do not do what whoever set them means. */
import { SHIPPED, variableMeant } from '../../../calc/ipamd/variables.ts';
import { atLeastRelease, type CniVersion, formatCniVersion, VARIABLE_SINCE } from '../../../calc/maxpods/index.ts';
import type { Networking } from '../../facts/networking.ts';
import type { Cni } from '../../snapshot/kubernetes.ts';

export interface OddName {
  readonly variable: string;
  /** As written; empty where it was not kept. */
  readonly value: string;
  readonly container: string;
  readonly effect: string;
}

type Container = Cni['containers'][number];

function containersOf(cni: Cni): readonly Container[] {
  return [...cni.containers.filter((c) => c.name === 'aws-node'), ...cni.initContainers];
}

/** The last of a name wins (core/v1 Container), and a tool that reads the first shows another value. */
export function setTwice(cni: Cni): OddName[] {
  return containersOf(cni).flatMap((c) =>
    (c.duplicates ?? []).map((variable) => ({
      variable,
      value: c.env[variable] ?? '',
      container: c.name,
      effect: 'set more than once: the last one counts',
    })),
  );
}

export function misspelt(cni: Cni): OddName[] {
  return containersOf(cni).flatMap((c) =>
    (c.misspelt ?? []).flatMap((variable) => {
      const meant = variableMeant(variable);
      if (meant === undefined) return [];
      const counts = c.env[meant] === undefined ? 'its default counts' : `${c.env[meant]} counts`;
      return [
        {
          variable,
          value: '',
          container: c.name,
          effect: `no program reads it; ${meant} is meant perhaps, of which ${counts}`,
        },
      ];
    }),
  );
}

/** Why each does nothing any more (README.md). */
const DEPRECATED: Readonly<Record<string, string>> = {
  ENABLE_NFTABLES: 'deprecated: which iptables the node has is found out by itself since v1.13.1',
  AWS_VPC_K8S_CNI_CONFIGURE_RPFILTER: 'deprecated: the init container sets the filter since v1.7',
};

export function deprecated({ env }: Networking): OddName[] {
  return Object.entries(DEPRECATED).flatMap(([variable, effect]) => {
    const value = env[variable];
    return value === undefined ? [] : [{ variable, value, container: 'aws-node', effect }];
  });
}

/** Variables of a later release, set to something else than the manifest ships; `since` is the first that reads them. */
export function newerThanRelease({ env, cniVersion }: Networking): (OddName & { readonly since: CniVersion })[] {
  if (cniVersion === undefined) return [];
  return Object.entries(VARIABLE_SINCE).flatMap(([variable, since]) => {
    const value = env[variable];
    if (value === undefined || value === '' || value === SHIPPED[variable]) return [];
    if (atLeastRelease(cniVersion, since) !== false) return [];
    const effect = `aws-node ${cniVersion} does not read it; v${formatCniVersion(since)} is the first that does`;
    return [{ variable, value, container: 'aws-node', effect, since }];
  });
}
