/** The two programs that fixes are made of. */
import type { FixContext } from '../../facts/fix-context.ts';
import { commandLine } from '../../shell.ts';

/** One `aws` command with the region of the cluster. */
export function aws(ctx: Pick<FixContext, 'region'>, ...words: readonly string[]): string {
  return commandLine('aws', ...words, ...(ctx.region ? ['--region', ctx.region] : []));
}

export function kubectl(...words: readonly string[]): string {
  return commandLine('kubectl', ...words);
}
