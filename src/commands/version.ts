/** `vpccni version` and `vpccni --version`: what runs, and how old what it knows is. */
import { CNI_RELEASE, DATA_DATE } from '../calc/catalog/sources.generated.ts';
import { TOOL } from '../tool.ts';
import { EXIT } from './exit-code.ts';
import { type Io, writeOut } from './io.ts';

/** The version alone on its line, as scripts expect it; then what else a bug report needs. */
export function versionText(): string {
  return [
    TOOL.version,
    `Node.js ${process.versions.node}`,
    `instance data of ${DATA_DATE}`,
    `models VPC CNI ${CNI_RELEASE}`,
    '',
  ].join('\n');
}

export async function run(io: Io): Promise<number> {
  await writeOut(io, versionText());
  return EXIT.ok;
}
