/** A configuration in the terms of policy and floors; what the command line says stands over it. */
import { DEFAULT_POLICY, globOf, type Policy } from '../../inspect/policy.ts';
import { type Floors, NO_FLOORS } from '../../inspect/projection/floors.ts';
import type { Configuration, Suppression } from './schema.ts';

/** Suppressions that hold for this cluster today, and those whose day is past. */
export function suppressionsOf(
  { suppressions = [] }: Configuration,
  cluster: string,
  now: number,
): { readonly holding: readonly Suppression[]; readonly expired: readonly Suppression[] } {
  const mine = suppressions.filter((s) => s.cluster === undefined || globOf(s.cluster).test(cluster));
  const isPast = ({ expires }: Suppression) => expires !== undefined && Date.parse(`${expires}T23:59:59Z`) < now;
  return { holding: mine.filter((s) => !isPast(s)), expired: mine.filter(isPast) };
}

export function policyWith(
  configuration: Configuration,
  given: { readonly suppress: readonly string[]; readonly cluster: string; readonly now: number },
): Policy {
  const { holding } = suppressionsOf(configuration, given.cluster, given.now);
  return {
    ...DEFAULT_POLICY,
    thresholds: { ...DEFAULT_POLICY.thresholds, ...withoutUndefined(configuration.thresholds ?? {}) },
    suppress: [...given.suppress, ...holding.map((s) => s.id)],
    severities: configuration.severities ?? {},
  };
}

/** The floors of the file; without any, what one more node takes is enforced. */
export function floorsOf({ floors }: Configuration, enforceNextNode: boolean): Floors {
  const { of, maxUtilization, minRunwayDays, ...rest } = floors ?? {};
  const overrides = Object.fromEntries(Object.entries(of ?? {}).map(([id, own]) => [id, inShares(own)]));
  return {
    ...NO_FLOORS,
    ...withoutUndefined(rest),
    ...inShares({ maxUtilization }),
    ...(minRunwayDays === undefined ? {} : { minRunwayDays }),
    ...(of === undefined ? {} : { overrides }),
    nextNode: enforceNextNode ? 'enforce' : 'advise',
  };
}

function inShares<F extends { readonly maxUtilization?: number | undefined }>(floors: F): F {
  const { maxUtilization } = floors;
  return maxUtilization === undefined ? withoutUndefined(floors) : { ...floors, maxUtilization: maxUtilization / 100 };
}

function withoutUndefined<O extends object>(o: O): O {
  return Object.fromEntries(Object.entries(o).filter(([, value]) => value !== undefined)) as O;
}
