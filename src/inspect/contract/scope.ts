/** Where findings meet. */
import type { Scope } from './finding.ts';

/** The kinds of members a scope has; causes and symptoms are matched by any of them. */
export const SCOPES = ['nodes', 'pods', 'subnets', 'zones'] as const satisfies readonly (keyof Scope)[];
