import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rigDir } from './paths.ts';

interface Recording {
  recording: string;
  item: Record<string, unknown>;
}

/** Files of `recordings/` with the API action that gave them. */
const FILES = {
  DescribeNetworkInterfaces: ['network-interfaces.json', 'networkInterfaces'],
  DescribeSubnets: ['subnets.json', 'subnets'],
  DescribeRouteTables: ['route-tables.json', 'routeTables'],
} as const;

export type RecordedAction = keyof typeof FILES;

/** A placebo recording writes a time as its parts. */
function withTimes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withTimes);
  if (value === null || typeof value !== 'object') return value;
  const o = value as Record<string, unknown>;
  if (o.__class__ === 'datetime') {
    const [year, month, day, hour, minute, second] = ['year', 'month', 'day', 'hour', 'minute', 'second'].map((k) =>
      Number(o[k]),
    );
    return new Date(Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second)).toISOString();
  }
  return Object.fromEntries(Object.entries(o).map(([key, inner]) => [key, withTimes(inner)]));
}

/**
 * Replies of the real API, recorded by another project's tests, in the JSON form of the AWS CLI. Posted to the
 * emulator (`moto.post('replay', recordings())`) it serves them in its wire format instead of its own answers.
 */
export function recordings(): Record<RecordedAction, Record<string, unknown>[]> {
  const read = ([file, key]: readonly [string, string]): Record<string, unknown>[] => {
    const parsed = JSON.parse(readFileSync(join(rigDir(), 'recordings', file), 'utf8')) as Record<string, Recording[]>;
    return (parsed[key] ?? []).map(({ item }) => withTimes(item) as Record<string, unknown>);
  };
  return {
    DescribeNetworkInterfaces: read(FILES.DescribeNetworkInterfaces),
    DescribeSubnets: read(FILES.DescribeSubnets),
    DescribeRouteTables: read(FILES.DescribeRouteTables),
  };
}
