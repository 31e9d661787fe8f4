import { describe, expect, it } from 'vitest';
import { formatIpv4, parseIpv4 } from '../../../src/calc/cidr.ts';
import { type AddressHolder, addressHolders } from '../../../src/inspect/facts/address-holders.ts';
import { eniAddresses, NO_ADDRESS } from '../../../src/inspect/facts/eni-addresses.ts';
import type { NetworkInterface } from '../../../src/inspect/snapshot/ec2.ts';
import { dice } from '../../support/mutations.ts';
import { eni, runOf, wholeSnapshot } from '../../support/snapshot-builder.ts';

describe('addresses of interfaces', () => {
  it('stand in the order of the section, what is none as none', async () => {
    const enis = [
      eni({ eniId: 'eni-a', primaryIp: '10.0.0.4', secondaryIps: ['10.0.0.5', 'x', '10.0.0.6'], prefixes: [] }),
      eni({ eniId: 'eni-b', primaryIp: undefined, secondaryIps: [], prefixes: ['10.0.1.0/28', 'no prefix'] }),
      eni({ eniId: 'eni-c', primaryIp: '10.0.0.7', secondaryIps: ['10.0.0.8'], prefixes: ['10.0.2.16/28'] }),
    ];
    const found = (await runOf(wholeSnapshot({ networkInterfaces: enis }))).valueOf(eniAddresses)!;
    const text = (n: number) => (n === NO_ADDRESS ? '' : formatIpv4(n));
    expect(Array.from(found.primaries, text)).toEqual(['10.0.0.4', '', '10.0.0.7']);
    const of = ({ values, starts }: typeof found.singles, i: number) =>
      Array.from(values.subarray(starts[i], starts[i + 1]), text);
    expect([0, 1, 2].map((i) => of(found.singles, i))).toEqual([['10.0.0.5', '', '10.0.0.6'], [], ['10.0.0.8']]);
    expect([0, 1, 2].map((i) => of(found.prefixes, i))).toEqual([[], ['10.0.1.0', ''], ['10.0.2.16']]);
  });

  it('tell the holder of each address as a look through all interfaces does, asked once and asked often', async () => {
    for (let seed = 0; seed < 60; seed++) {
      const roll = dice(seed * 31 + 1);
      const ip = () => `10.0.0.${roll(80)}`;
      const enis = Array.from({ length: 1 + roll(6) }, (_, i) =>
        eni({
          eniId: `eni-${i}`,
          primaryIp: roll(8) ? ip() : undefined,
          secondaryIps: Array.from({ length: roll(6) }, ip),
          prefixes: Array.from({ length: roll(2) }, () => `10.0.0.${16 * roll(5)}/28`),
        }),
      );
      const snapshot = wholeSnapshot({ networkInterfaces: enis });
      const often = (await runOf(snapshot)).valueOf(addressHolders)!;
      for (let n = 0; n < 96; n++) {
        const address = parseIpv4(`10.0.0.${n}`)!;
        const once = (await runOf(snapshot)).valueOf(addressHolders)!;
        expect(often(address)).toEqual(holderAmong(enis, address));
        if (n % 8 === 0) expect(once(address)).toEqual(holderAmong(enis, address));
      }
    }
  });
});

/** The first prefix around it; else the last interface whose own address it is, else the first with it as a further one. */
function holderAmong(enis: readonly NetworkInterface[], address: number): AddressHolder | undefined {
  const text = formatIpv4(address);
  const block = `${formatIpv4(address - (address % 16))}/28`;
  const around = enis.find((e) => e.prefixes.includes(block));
  if (around) return { eni: around, as: 'prefix', prefix: block };
  const own = enis.filter((e) => e.primaryIp === text).at(-1);
  if (own) return { eni: own, as: 'primary' };
  const other = enis.find((e) => e.secondaryIps.includes(text));
  return other && { eni: other, as: 'secondary' };
}
