/**
 * `-o junit`: findings as tests, valid by the schema of Ant's JUnit reports (JUnit.xsd of windyroad/JUnit-Schema) and by that
 * of Jenkins (junit-4.xsd). An error or a warning is a failed test, a check that could not be judged a skipped one.
 */
import type { Finding } from '../../inspect/contract/finding.ts';
import { sanitize, sanitizeLines } from '../sanitize.ts';
import { formatByKind } from './define-format.ts';
import { bodyOf, FINDING_SETS, type FindingSet, whyNot } from './findings/finding-set.ts';

export const junit = formatByKind('junit', FINDING_SETS, writeJunit);

function writeJunit(set: FindingSet): string {
  const { findings, notEvaluated, tool, subject } = set;
  // A run without any test counts as broken in some CI systems: what passed is one test.
  const cases = [testCase('checks', `${tool.name}.checks`, ''), ...findings.map(findingCase), ...skipped(notEvaluated)];
  const attributes: Readonly<Record<string, string | number>> = {
    name: `${tool.name} ${subject}`,
    package: tool.name,
    id: 0,
    timestamp: set.generatedAt.slice(0, 'YYYY-MM-DDThh:mm:ss'.length),
    hostname: 'localhost',
    tests: cases.length,
    failures: findings.filter(fails).length,
    errors: 0,
    ...(notEvaluated.length > 0 ? { skipped: notEvaluated.length } : {}),
    time: 0,
  };
  const properties = { version: tool.version, checksPassed: set.passed, findingsSuppressed: set.suppressed };
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    `  <testsuite${attributesOf(attributes)}>`,
    '    <properties>',
    ...Object.entries(properties).map(([name, value]) => `      <property${attributesOf({ name, value })}/>`),
    '    </properties>',
    ...cases,
    `    <system-out>${textOf(notes(set).join('\n'))}</system-out>`,
    '    <system-err></system-err>',
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function fails({ severity }: Finding): boolean {
  return severity !== 'info';
}

function findingCase(finding: Finding): string {
  const { id, code, title, severity } = finding;
  const failure = `<failure${attributesOf({ message: title, type: severity })}>${textOf(bodyOf(finding).join('\n'))}</failure>`;
  return testCase(id, `vpccni.${code}`, fails(finding) ? failure : '');
}

function skipped(notEvaluated: FindingSet['notEvaluated']): string[] {
  return notEvaluated.map((check) =>
    testCase(check.code, `vpccni.${check.code}`, `<skipped>${textOf(whyNot(check))}</skipped>`),
  );
}

function testCase(name: string, classname: string, inside: string): string {
  const open = `    <testcase${attributesOf({ name, classname, time: 0 })}`;
  return inside === '' ? `${open}/>` : `${open}>${inside}</testcase>`;
}

/** What is no failure and still worth reading. */
function notes({ findings, passed }: FindingSet): string[] {
  const infos = findings.filter((finding) => !fails(finding));
  return [`${passed} checks passed`, ...infos.map(({ id, message }) => `${id}: ${message}`)];
}

function attributesOf(attributes: Readonly<Record<string, string | number>>): string {
  return Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${escapeXml(sanitize(String(value)))}"`)
    .join('');
}

function textOf(text: string): string {
  return escapeXml(sanitizeLines(text));
}

/** XML 1.0 knows no way to write half of a surrogate pair or a noncharacter. */
function escapeXml(text: string): string {
  return text
    .replace(/[\ud800-\udfff\ufffe\uffff]/gu, '?')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
