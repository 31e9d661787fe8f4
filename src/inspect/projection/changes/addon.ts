/** The configuration document of the add-on vpc-cni, JSON or YAML. An update replaces it as a whole (EKS API: UpdateAddon). */
import { layValues } from './cni-env.ts';
import type { Draft } from './draft.ts';
import { isFields } from './fields.ts';
import { type ChangeDocument, ChangeError } from './reading.ts';

/** @throws ChangeError for what is no such document */
export function readAddon(draft: Draft, document: ChangeDocument): void {
  const after = document.value;
  if (!isFields(after) || 'apiVersion' in after || 'format_version' in after)
    throw new ChangeError('this is no configuration of the add-on vpc-cni: an object with env or eniConfig is');
  const before = draft.data('addons')?.find((a) => a.name === 'vpc-cni')?.configuration;
  layValues(draft, { document, path: ['env'], address: 'vpc-cni' }, before, after);
  if (draft.data('addons')?.some((a) => a.name === 'vpc-cni'))
    draft.edit('addons', [], (all) =>
      all.map((a) => (a.name === 'vpc-cni' ? { ...a, configuration: { ...after } } : a)),
    );
}
