import { type Run, section } from '../../facts/define-fact.ts';

/** Ids of the instances that are not terminated; undefined where EC2 was not read. */
export function runningInstances(run: Run): ReadonlySet<string> | undefined {
  const instances = run.valueOf(section('instances'));
  const nodes = run.valueOf(section('nodes'));
  const attached = run
    .valueOf(section('networkInterfaces'))
    ?.flatMap((e) => (e.status === 'in-use' ? (e.attachment?.instanceId ?? []) : []));
  if (!instances || !attached) return undefined;
  return new Set([
    ...instances.filter((i) => i.state !== 'terminated' && i.state !== 'shutting-down').map((i) => i.instanceId),
    ...(nodes ?? []).flatMap((n) => n.instanceId ?? []),
    ...attached,
  ]);
}
