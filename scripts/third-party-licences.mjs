// The licence texts of everything the bundle carries, as their licences ask.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** `inputs` are the files of a bundle. One text, package by package; packages with the same text share it. */
export function thirdPartyLicences(inputs) {
  const folders = new Set(
    inputs.map((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0]).filter(Boolean),
  );
  const byText = new Map();
  for (const folder of [...folders].sort()) {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const text =
      licenceText(folder) ?? `No licence text is published with it; its package names the licence ${license}.`;
    const entry = `${name} ${version} (${license ?? 'licence not named'})`;
    byText.set(text, [...(byText.get(text) ?? []), entry]);
  }
  const parts = [...byText].map(([text, names]) => `${[...new Set(names)].join('\n')}\n\n${text}`);
  return `vpccni carries the following packages.\n\n${parts.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}

function licenceText(folder) {
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)(\.|-|$)/i.test(file));
  const texts = files.map((file) => readFileSync(join(folder, file), 'utf8').trim());
  return texts.length > 0 ? texts.join('\n\n') : undefined;
}
