import { defineFact, section } from './define-fact.ts';

/** Ids of the instances that are not terminated: as EC2 lists them, as nodes name them, and those that interfaces hang on. */
export const runningInstances = defineFact({
  id: 'runningInstances',
  needs: { instances: section('instances'), enis: section('networkInterfaces') },
  helps: { nodes: section('nodes') },
  derive: ({ instances, enis, nodes }): ReadonlySet<string> =>
    new Set([
      ...instances.filter((i) => i.state !== 'terminated' && i.state !== 'shutting-down').map((i) => i.instanceId),
      ...(nodes ?? []).flatMap((n) => n.instanceId ?? []),
      ...enis.flatMap((e) => (e.status === 'in-use' ? (e.attachment?.instanceId ?? []) : [])),
    ]),
});
