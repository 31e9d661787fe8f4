import type { Cluster } from '../../snapshot/aws.ts';
import { texts } from './defined.ts';

interface RawIssue {
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  readonly resourceIds?: readonly string[] | undefined;
}

/** EKS health issues of a cluster, an add-on or a node group. */
export function healthIssues(issues: readonly RawIssue[] | undefined): Cluster['health'] {
  return (issues ?? []).map((i) => ({
    code: i.code ?? 'Unknown',
    message: i.message ?? '',
    resourceIds: texts(i.resourceIds),
  }));
}
