/** Values that many sections hold, checked in plain loops: a snapshot has hundreds of thousands of them. */
import * as v from 'valibot';

/** Kubernetes' own integers are of 32 bits, and nothing counted here comes near. */
const MOST = 2 ** 31 - 1;

/** A number of things, or an index. */
export const count = v.pipe(
  v.number(),
  v.check((n) => Number.isInteger(n) && n >= 0 && n <= MOST, 'not a whole number from 0 to 2147483647'),
);

/** A moment as ISO 8601 writes it, between 1970 and 9999. */
export const time = v.pipe(v.string(), v.check(isTime, 'not a time'));

function isTime(text: string): boolean {
  return text.length <= 40 && /^(?:19[7-9]|[2-9]\d\d)\d-\d\d-\d\dT/.test(text) && !Number.isNaN(Date.parse(text));
}

/** What is asked of labels, as Kubernetes writes it. */
export const requirements = v.array(v.object({ key: v.string(), operator: v.string(), values: v.array(v.string()) }));

/** IPv4 range of a subnet, /16 to /28 (EC2 CreateSubnet); empty for a subnet of IPv6 alone. */
export const subnetCidr = v.pipe(
  v.string(),
  v.check((text) => text === '' || isIpv4Range(text, 16, 28), 'not the range of a subnet, /16 to /28'),
);

/** A /28 prefix of an ENI. */
export const prefix = v.pipe(
  v.string(),
  v.check((text) => isIpv4Range(text, 28, 28), 'not a /28 prefix'),
);

function isIpv4Range(text: string, shortest: number, longest: number): boolean {
  const [, a, b, c, d, length] = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text) ?? [];
  const bits = Number(length);
  return [a, b, c, d].every((octet) => Number(octet) <= 255) && bits >= shortest && bits <= longest;
}

const plainMap = v.record(v.string(), v.string());

/**
 * Labels, tags, variables: texts by name. Any name, `constructor` and `__proto__` among them, which valibot's own records
 * leave out: a selector without its only label would select everything. The record inherits nothing.
 */
export const textMap: typeof plainMap = {
  ...plainMap,
  '~run'(dataset, config) {
    const input: unknown = dataset.value;
    if (typeof input !== 'object' || input === null || Array.isArray(input)) return plainMap['~run'](dataset, config);
    for (const text of Object.values(input)) if (typeof text !== 'string') return plainMap['~run'](dataset, config);
    // a copy without its prototype takes half the memory of a record filled name by name
    return { typed: true, value: Object.setPrototypeOf({ ...input }, null) };
  },
};

const plainColumn = v.array(v.number());

/** A column of numbers. */
export const column: typeof plainColumn = {
  ...plainColumn,
  '~run'(dataset, config) {
    const input: unknown = dataset.value;
    const whole = Array.isArray(input) && input.every((n) => typeof n === 'number');
    return whole ? { typed: true, value: input } : plainColumn['~run'](dataset, config);
  },
};
