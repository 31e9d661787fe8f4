/** The registry of commands, in the order of the help; each is loaded alone where it alone is asked for. */
import type { DefineCommand } from './define-command.ts';

interface Listed {
  readonly name: string;
  readonly load: () => Promise<{ readonly define: DefineCommand }>;
}

export const COMMANDS: readonly Listed[] = [
  { name: 'maxpods', load: () => import('./maxpods.ts') },
  { name: 'inspect', load: () => import('./inspect.ts') },
  { name: 'why', load: () => import('./why.ts') },
  { name: 'plan', load: () => import('./plan.ts') },
  { name: 'gate', load: () => import('./gate.ts') },
  { name: 'simulate', load: () => import('./simulate.ts') },
  { name: 'subnets', load: () => import('./subnets.ts') },
  { name: 'snapshot', load: () => import('./snapshot.ts') },
  { name: 'explain', load: () => import('./explain.ts') },
  { name: 'permissions', load: () => import('./permissions.ts') },
  { name: 'completion', load: () => import('./completion.ts') },
  { name: 'version', load: () => import('./version.ts') },
];
