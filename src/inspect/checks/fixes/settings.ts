/** Other settings of aws-node, as a fix of their own. */
import { changeInit, changeSettings, type SettingChange } from '../../cni-settings.ts';
import type { Fix } from '../../contract/finding.ts';
import type { FixContext } from '../../facts/fix-context.ts';

/** `more` is told after what the commands change, `mind` before what their way brings with it. */
export function setSettings(
  ctx: FixContext,
  title: string,
  change: SettingChange,
  words: { readonly more?: string; readonly mind?: string } = {},
): Fix[] {
  const { commands, changes, risk } = changeSettings(ctx.cluster, ctx.cni, ctx.addon, change);
  const risks = [words.mind, risk].filter((r) => r !== undefined);
  return [
    {
      title,
      commands,
      changes: words.more ? `${changes} ${words.more}` : changes,
      effect: 'minutes',
      ...(risks.length > 0 ? { risk: risks.join(' ') } : {}),
    },
  ];
}

/** Variables of the init container, which the add-on and the chart keep under a key of their own. */
export function setOnInit(ctx: FixContext, set: Readonly<Record<string, string>>, title: string): Fix[] {
  const { commands, changes, risk } = changeInit(ctx.cluster, ctx.cni, ctx.addon, set);
  return [{ title, commands, changes, effect: 'minutes', ...(risk ? { risk } : {}) }];
}
