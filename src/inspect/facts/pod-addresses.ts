import { parseIpv4 } from '../../calc/cidr.ts';
import { isLiveAt, numberOfClass } from '../snapshot/pod-columns.ts';
import { defineFact, section } from './define-fact.ts';
import { NO_ADDRESS } from './eni-addresses.ts';

const ORDINARY = numberOfClass('ordinary');

/** By row of the table of pods: the IPv4 address of a live pod that ipamd serves, `NO_ADDRESS` for any other pod. */
export const podAddresses = defineFact({
  id: 'podAddresses',
  needs: { pods: section('pods') },
  derive: ({ pods }): Uint32Array => {
    const addresses = new Uint32Array(pods.count);
    for (let row = 0; row < pods.count; row++) {
      const ip = pods.class[row] === ORDINARY && isLiveAt(pods, row) ? pods.ip[row]! : '';
      addresses[row] = (ip === '' ? undefined : parseIpv4(ip)) ?? NO_ADDRESS;
    }
    return addresses;
  },
});
