/** ClusterConfig of eksctl: node groups, add-ons and, for a cluster that does not exist yet, its network. */

import { layValues, NO_CNI } from './cni-env.ts';
import type { Draft } from './draft.ts';
import { network } from './eksctl/network.ts';
import { nodeGroups } from './eksctl/node-groups.ts';
import { at, isFields, list, text } from './fields.ts';
import { type ChangeDocument, ChangeError } from './reading.ts';

/** @throws ChangeError for the configuration of another cluster */
export function readEksctl(draft: Draft, document: ChangeDocument): void {
  const config = document.value;
  const name = text(at(config, 'metadata', 'name'));
  if (name === undefined) throw new ChangeError('the ClusterConfig names no cluster (metadata.name)');
  const own = draft.data('cluster');
  if (!draft.fresh && own && own.name !== name)
    throw new ChangeError(`the ClusterConfig is of the cluster ${name}, not of ${own.name}`);
  if (draft.fresh) network(draft, document, name);
  addons(draft, document);
  nodeGroups(draft, document);
  for (const [i, profile] of list(at(config, 'fargateProfiles')).entries()) {
    const address = text(profile.name) ?? `fargateProfiles[${i}]`;
    if (draft.data('fargateProfiles')?.some((p) => p.name === address)) draft.ignore();
    else
      draft.effect(
        document,
        ['fargateProfiles', i],
        address,
        'a Fargate profile: each of its pods takes one address, how many come is not known',
      );
  }
  if (at(config, 'autoModeConfig', 'enabled') === true)
    draft.misunderstood(
      document,
      ['autoModeConfig'],
      name,
      'nodes of EKS Auto Mode take addresses by rules of their own',
    );
  if (list(at(config, 'karpenter')).length > 0 || isFields(at(config, 'karpenter'))) draft.ignore();
}

function addons(draft: Draft, document: ChangeDocument): void {
  for (const [i, addon] of list(at(document.value, 'addons')).entries()) {
    if (addon.name !== 'vpc-cni') {
      draft.ignore();
      continue;
    }
    const raw = addon.configurationValues;
    const values = typeof raw === 'string' ? draft.tools.parseText(raw) : raw;
    const place = { document, path: ['addons', i], address: 'vpc-cni' };
    if (raw !== undefined && raw !== null && raw !== '' && !isFields(values)) {
      draft.misunderstood(document, place.path, place.address, 'configurationValues are neither JSON nor YAML');
      continue;
    }
    if (draft.fresh) draft.edit('cni', NO_CNI, (c) => ({ ...c, installMethod: 'managed-addon' }));
    const before = draft.data('addons')?.find((a) => a.name === 'vpc-cni')?.configuration;
    const version = text(addon.version);
    layValues(draft, place, before, values, version !== undefined && /^v?\d/.test(version) ? version : undefined);
  }
}
