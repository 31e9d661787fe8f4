import { parseIpv4 } from '../../calc/cidr.ts';
import { podsOf } from '../snapshot/pods.ts';
import { defineFact, section } from './define-fact.ts';
import { isLive } from './demand.ts';

/** Stands for no address: none of a pod's is 255.255.255.255. */
export const NO_ADDRESS = 0xffffffff;

/** By row of the table of pods: the IPv4 address of a live pod that ipamd serves, `NO_ADDRESS` for any other pod. */
export const podAddresses = defineFact({
  id: 'podAddresses',
  needs: { pods: section('pods') },
  derive: ({ pods }): Uint32Array => {
    const addresses = new Uint32Array(pods.count);
    podsOf(pods).forEach((pod, row) => {
      const ip = pod.class === 'ordinary' && isLive(pod) ? pod.ip : undefined;
      addresses[row] = (ip === undefined ? undefined : parseIpv4(ip)) ?? NO_ADDRESS;
    });
    return addresses;
  },
});
