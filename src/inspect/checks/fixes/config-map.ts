/** A key of the ConfigMap `kube-system/amazon-vpc-cni`, by which the controllers in the control plane are set. */
import { json } from '../../shell.ts';
import type { Cni } from '../../snapshot/kubernetes.ts';
import { kubectl } from '../support/commands.ts';

const NAME = 'amazon-vpc-cni';

/** Made where it does not exist; a patch leaves its other keys as they are. */
export function setInConfigMap(cni: Cni | undefined, key: string, value: string): string {
  if (cni && cni.configMap === undefined)
    return kubectl('-n', 'kube-system', 'create', 'configmap', NAME, `--from-literal=${key}=${value}`);
  return kubectl(
    ...['-n', 'kube-system', 'patch', 'configmap', NAME, '--type', 'merge', '-p'],
    json({ data: { [key]: value } }),
  );
}
