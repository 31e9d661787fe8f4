import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commandFor, commandLine, json, named, quote, refusalOf, withInput } from '../../src/inspect/shell.ts';
import { SHELLS } from '../support/shells.ts';

/** What a shell makes of a command line: its words, NUL between them. */
function wordsIn(shell: string, line: string): string[] {
  const { stdout } = spawnSync(shell, ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' });
  return stdout.split('\0').slice(0, -1);
}

const word = fc
  .oneof(
    fc.string({ minLength: 0, maxLength: 20 }),
    fc.string({
      unit: fc.constantFrom("'", '"', '\\', '$', '`', '!', ' ', '\n', '*', '~', '#', ';', '&', '|', '{', '}', 'a', '-'),
      maxLength: 12,
    }),
  )
  .filter((w) => !w.includes('\0'));

describe('quote', () => {
  it.each([
    ['subnet-0a1', 'subnet-0a1'],
    ['WARM_IP_TARGET=2', 'WARM_IP_TARGET=2'],
    ['arn:aws:iam::1:role/x', 'arn:aws:iam::1:role/x'],
    ['', "''"],
    ['{}', "'{}'"],
    ["it's", "'it'\\''s'"],
    ['=cmd', "'=cmd'"],
    ['~root', "'~root'"],
    ['Subnets[0].SubnetId', "'Subnets[0].SubnetId'"],
    // fish reads two backslashes in single quotes as one.
    ['a\\\\b', "'a'\\\\'\\b'"],
    ['a\\', "'a'\\\\''"],
  ])('%s → %s', (plain, quoted) => {
    expect(quote(plain)).toBe(quoted);
  });

  it.each(['a\nb', '\u001b[2J', '\u202eevil', 'é', '\u009b'])(
    'refuses %j, which a terminal would not pass on',
    (text) => {
      expect(refusalOf(quote(text))).toBeDefined();
    },
  );

  for (const shell of SHELLS)
    it(`gives every word to ${shell} as it is, or refuses it`, () => {
      fc.assert(
        fc.property(fc.array(word, { minLength: 1, maxLength: 30 }), (words) => {
          const good = words.filter((w) => refusalOf(quote(w)) === undefined);
          expect(wordsIn(shell, ['x', ...good].map(quote).join(' '))).toEqual(['x', ...good]);
        }),
        { numRuns: 60 },
      );
    });
});

describe('commandFor', () => {
  const lines = [
    ['node', (name: string) => commandLine('kubectl', 'wait', '--for=delete', 'node', name, '--timeout=15m')],
    ['node', (name: string) => `${commandLine('sh', '-c', "it's", name)} && ${commandLine('kubectl', 'drain', name)}`],
    ['instance', (id: string) => commandLine('aws', 'ec2', 'x', '--instance-id', id, '--region', 'eu-west-1')],
    // a refusal of another word stands in every command
    ['instance', (id: string) => commandLine('aws', 'ec2', 'x', '--instance-id', id, '--region', 'here')],
  ] as const;

  it.each(lines)('makes for any word what a command made with that %s is', (kind, make) => {
    const command = commandFor(kind, make);
    const names = fc.constantFrom('ip-10-0-0-1.eu-west-1.compute.internal', 'n', 'i-0a1', 'i-', 'A', '', '--all', '{}');
    fc.assert(
      fc.property(fc.oneof(word, names), (w) => {
        expect(command(w)).toBe(make(named(kind, w)));
      }),
    );
  });
});

describe('commandLine', () => {
  it.each([
    [['aws', 'ec2', 'x', '--query', 'a[0]'], "aws ec2 x --query='a[0]'"],
    [
      ['aws', 'ec2', 'x', '--filters', 'Name=a,Values=b', 'Name=c,Values=d e'],
      "aws ec2 x --filters Name=a,Values=b 'Name=c,Values=d e'",
    ],
    [
      ['kubectl', 'patch', 'ds', 'aws-node', '-p', '{"a":"it\'s"}'],
      'kubectl patch ds aws-node -p \'{"a":"it\\u0027s"}\'',
    ],
    [['kubectl', 'delete', 'pod', '--wait=false', 'a'], 'kubectl delete pod --wait=false a'],
  ])('%j', (words, line) => {
    expect(commandLine(...words)).toBe(line);
  });

  it.each([
    [['aws', 'ec2', 'delete-network-interface', '--network-interface-id', 'eni-1; rm -rf /']],
    [['aws', 'ec2', 'delete-network-interface', '--network-interface-id', '--debug']],
    [['aws', 'eks', 'describe-cluster', '--cluster-name', 'file:///etc/passwd']],
    [['aws', 'x', '--anything', 'file:///etc/passwd']],
    [['aws', 'x', '--anything', 'fileb://x']],
    [['aws', 'x', '--region', 'eu-west-1 --profile=other']],
    [['aws', 'x', '--tag-specifications', 'ResourceType=subnet,Tags=[{Key=a,Value=b},{Key=c,Value=d}]x]']],
    [['aws', 'x', '--launch-template', 'id=lt-1,version=1,other=2']],
    [['kubectl', 'delete', 'pod', '--all']],
    [['kubectl', '-n', '-A', 'delete', 'pod', 'a']],
    [['kubectl', 'patch', 'ds', 'x', '-p', 'no document']],
    [['kubectl', 'delete', 'pod', named('pod', 'a b')]],
  ])('refuses %j', (words) => {
    expect(refusalOf(commandLine(...words))).toBeDefined();
  });
});

describe('named', () => {
  it.each([
    ['subnet', 'subnet-0a1b', 'subnet-', 'sg-1', 'subnet-1\n'],
    ['security-group', 'sg-0a', "sg-1\nEOF\nx\ncat <<'EOF'", 'sg-$(x)', ''],
    ['node', 'ip-10-0-0-1.eu-west-1.compute.internal', '-x', 'A_B', `${'a'.repeat(254)}`],
    ['cluster', 'shop_prod-1', '-shop', 'a b', 'a'.repeat(101)],
    [
      'arn',
      'arn:aws-cn:iam::111122223333:role/a/b',
      'arn:aws:iam::1:role/x',
      'arn:aws:iam::111122223333:role/a b',
      'file://x',
    ],
    ['region', 'us-gov-west-1', 'eu-west-1a', 'eu', 'EU-WEST-1'],
    ['zone', 'us-west-2-lax-1a', 'z', 'eu west', '--all'],
  ] as const)('%s', (kind, good, ...bad) => {
    expect(named(kind, good)).toBe(good);
    for (const text of bad) expect(refusalOf(named(kind, text))).toBeDefined();
  });
});

describe('documents', () => {
  it('are refused with a refused name in them', () => {
    const bad = { spec: { securityGroups: [named('security-group', 'sg-1\nEOF\nx')] } };
    expect(refusalOf(withInput('cat', bad))).toBe('a security group id that is none');
    expect(refusalOf(commandLine('kubectl', 'patch', 'x', 'y', '-p', json(bad)))).toBeDefined();
  });

  const hostile = ["it's", 'a\nEOF\nb', '\\', '"', '$HOME `x`', '\u202e', '{}x', 'é\ud83d\ude00', '!x', '\u0000'];

  it('hold in strings only what no reader takes for anything else', () => {
    expect(json({ "k'": hostile, n: 1, t: true, z: null, u: undefined })).toMatch(/^[A-Za-z0-9 ._:/@=+,\\{}[\]"-]*$/);
    expect(JSON.parse(json({ "k'": hostile }))).toEqual({ "k'": hostile });
  });

  it('stand on lines that break only outside strings', () => {
    const object = {
      kind: 'ENIConfig',
      metadata: { name: "it's" },
      spec: { securityGroups: Array(20).fill('sg-0123456789') },
    };
    const line = withInput(commandLine('kubectl', 'apply', '-f', '-'), object);
    expect(line).toMatch(/^printf '%s\\n' '\{\n {2}"kind": "ENIConfig", "metadata": \{"name": "it\\u0027s"\},\n/);
    expect(line).toMatch(/\n\}' \| kubectl apply -f -$/);
    expect(Math.max(...line.split('\n').map((l) => l.length))).toBeLessThan(80);
  });

  for (const shell of SHELLS)
    it(`reach the command through ${shell} unchanged`, () => {
      const { stdout } = spawnSync(shell, ['-c', withInput('cat', { hostile, empty: {}, none: [] })], {
        encoding: 'utf8',
      });
      expect(JSON.parse(stdout)).toEqual({ hostile, empty: {}, none: [] });
    });
});
