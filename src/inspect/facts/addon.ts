import type { Addon } from '../snapshot/aws.ts';
import { defineFact, section } from './define-fact.ts';

/** The managed add-on `vpc-cni`; undefined where the CNI is not installed as one. */
export const cniAddon = defineFact({
  id: 'cniAddon',
  needs: { addons: section('addons') },
  derive: ({ addons }): Addon | undefined => addons.find((a) => a.name === 'vpc-cni'),
});
