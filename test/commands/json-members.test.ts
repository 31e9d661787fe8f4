import { describe, expect, it } from 'vitest';
import { JsonMembers } from '../../src/commands/json-members.ts';
import { dice } from '../support/mutations.ts';

/** The object whose text arrives in pieces of so many bytes; undefined where it is refused. */
function read(text: string | Buffer, size: number, deepest = 100): Record<string, unknown> | undefined {
  const found: Record<string, unknown> = Object.create(null);
  const members = new JsonMembers((name, value) => {
    found[name] = value;
  }, deepest);
  const bytes = Buffer.from(text as string);
  try {
    for (let at = 0; at < bytes.length; at += size) members.push(bytes.subarray(at, at + size));
  } catch (error) {
    expect(error).toBeInstanceOf(SyntaxError);
    return undefined;
  }
  return members.isWhole ? found : undefined;
}

/** The same from the parser, for which a text may be any value. */
function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const TEXTS = [
  '{}',
  ' { } \n',
  '{"a":1}',
  '{"a":1,"b":[1,2,{"c":"}"}],"c":{"a":{"a":{}}},"d":"\\"","e":"\\\\","f":"\\\\\\""}',
  '{\n  "long": "ünïcödé 🦩 and more of it",\n  "ünïcödé": null\n}\n',
  '{"a":1,"a":2}',
  '{"a,b:{c":"[","\\u0061":"]"}',
  '{"__proto__":{"polluted":true},"constructor":1}',
];

describe('members of an object', () => {
  it.each(TEXTS)('are those that the parser finds, however the text is cut: %s', (text) => {
    for (let size = 1; size <= text.length + 1; size++) expect({ ...read(text, size) }).toEqual({ ...parsed(text) });
  });

  it.each([
    ...['', ' ', '[]', '"a"', '1', 'null', '{', '{"a"', '{"a":', '{"a":1', '{"a":1,', '{"a":1,}', '{,}', '{,"a":1}'],
    ...[
      '{"a":1]',
      '{"a":[1}',
      '{"a":[1}]',
      '{"a" 1}',
      '{a:1}',
      '{1:1}',
      '{"a":1 "b":2}',
      '{"a":1,,"b":2}',
      '{}{}',
      '{} x',
    ],
    ...['{"a":"\n"}', '{"a":1}}', '{"a":01}', '{"a":\'b\'}', '{"a":1:2}', '{:1}', '{"a":}', '}{', '{null:1}', '{"a":"'],
  ])('are none where the parser finds no object: %j', (text) => {
    expect(parsed(text)).toBeUndefined();
    for (let size = 1; size <= text.length + 1; size++) expect(read(text, size)).toBeUndefined();
  });

  it('are the parser’s of texts that are spoilt anywhere', () => {
    for (let seed = 0; seed < 4000; seed++) {
      const roll = dice(seed * 7919);
      const text = TEXTS[roll(TEXTS.length)]!;
      const at = roll(text.length + 1);
      const other = '[]{}",:\\ a1\n'[roll(12)]!;
      const spoilt = text.slice(0, at) + (roll(2) ? other : '') + text.slice(at + roll(3));
      const wanted = parsed(Buffer.from(spoilt).toString());
      const found = read(spoilt, 1 + roll(9));
      expect([spoilt, found && { ...found }]).toEqual([spoilt, wanted && { ...wanted }]);
    }
  });

  it('may begin with a byte order mark', () => {
    expect({ ...read('\ufeff{"a":1}', 100) }).toEqual({ a: 1 });
  });

  it('are refused before they are parsed where they are too deep', () => {
    expect(read(`{"a":${'['.repeat(100)}${']'.repeat(100)}}`, 7)).toBeDefined();
    expect(read(`{"a":${'['.repeat(101)}${']'.repeat(101)}}`, 7)).toBeUndefined();
    expect(read(`{"a":"${'['.repeat(1000)}"}`, 7)).toBeDefined();
  });

  it('are given as soon as they are there', () => {
    const names: string[] = [];
    const members = new JsonMembers((name) => names.push(name), 100);
    members.push(Buffer.from('{"a":1,"b":2'));
    expect(names).toEqual(['a']);
    members.push(Buffer.from('}'));
    expect(names).toEqual(['a', 'b']);
  });
});
