/** The policy of a run: the configuration found, what the command line says over it, and which cluster it is about. */
import type { InspectFlags } from '../../cli/inspect.ts';
import type { Policy } from '../../inspect/policy.ts';
import type { ClusterSnapshot } from '../../inspect/snapshot.ts';
import { knownCodes } from '../codes.ts';
import { type Io, now, tell } from '../io.ts';
import { policyWith, suppressionsOf } from './apply.ts';
import { readConfiguration } from './read.ts';
import type { Configuration } from './schema.ts';

type PolicyFlags = Pick<InspectFlags, 'config' | 'suppress' | 'verbose' | 'quiet'>;

export interface Configured {
  /** Where it was found; undefined without one. */
  readonly path: string | undefined;
  readonly configuration: Configuration;
  /** Tells of suppressions that have expired. */
  readonly policyFor: (snapshot: ClusterSnapshot) => Policy;
}

/** @throws UsageError for a configuration, or a code in it or on the command line, that nobody understands */
export async function readPolicy(io: Io, flags: PolicyFlags): Promise<Configured> {
  const { configuration, path } = await readConfiguration(io, flags.config);
  if (flags.verbose && path !== undefined) tell(io, `configuration ${path}`);
  const suppress = knownCodes('--suppress', flags.suppress);
  knownCodes(
    `${path}: suppressions`,
    configuration.suppressions?.map((s) => s.id).filter((id) => !id.startsWith('*')),
  );
  knownCodes(`${path}: severities`, Object.keys(configuration.severities ?? {}));
  return {
    path,
    configuration,
    policyFor: ({ cluster }) => {
      const given = { suppress, cluster: 'data' in cluster ? cluster.data.name : '', now: now(io) };
      const { expired } = suppressionsOf(configuration, given.cluster, given.now);
      for (const { id, expires } of flags.quiet ? [] : expired)
        tell(io, `the suppression of ${id} expired on ${expires}: it is reported again`);
      return policyWith(configuration, given);
    },
  };
}
