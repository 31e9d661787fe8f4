/** Pages in a real browser: no rule of axe-core broken, light, dark and on a phone. Skipped where there is no Chromium. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ensureChromium } from './servers/debian.ts';
import { Unavailable } from './servers/process.ts';

const missing = reason();
if (missing) console.log(`skipped: ${missing}`);

function reason(): string | undefined {
  try {
    ensureChromium(console.log);
    return undefined;
  } catch (error) {
    if (error instanceof Unavailable) return error.message;
    throw error;
  }
}

const dir = mkdtempSync(join(tmpdir(), 'vpccni-html-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function chromium(...args: readonly string[]): string {
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', `--user-data-dir=${dir}/profile`];
  const { stdout } = spawnSync('chromium', [...flags, ...args], {
    encoding: 'utf8',
    timeout: 120_000,
    maxBuffer: 256 * 1024 * 1024,
  });
  return stdout;
}

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** The page with axe-core in it, which its own policy forbids: the policy is taken out, the rest is as it was. */
function audit(page: string, name: string, ...flags: readonly string[]): string[] {
  const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  const run = `axe.run().then((r) => { document.body.innerHTML = ''; const p = document.createElement('pre'); p.id = 'axe'; p.textContent = JSON.stringify(r.violations); document.body.append(p); });`;
  const instrumented = page
    .replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, '')
    .replace('</body>', () => `<script>${axe}</script><script>${run}</script></body>`);
  const file = join(dir, `${name}.html`);
  writeFileSync(file, instrumented);
  const dom = chromium('--virtual-time-budget=60000', ...flags, '--dump-dom', `file://${file}`);
  const found = /<pre id="axe">([\s\S]*?)<\/pre>/.exec(dom);
  if (!found) throw new Error(`axe-core did not finish on ${name}: ${dom.slice(0, 300)}`);
  const decoded = found[1]!.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
  return (JSON.parse(decoded) as Violation[]).flatMap((v) =>
    v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 160)} ${n.failureSummary}`),
  );
}

const DARK = '--blink-settings=preferredColorScheme=0';
const PHONE = '--window-size=390,800';

describe.skipIf(missing !== undefined)('pages in Chromium', () => {
  const pages = ['subnets', 'inspect'].map((command) => {
    const args = ['bin/vpccni.js', command, '--demo', '-o', 'html'];
    const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });
    return { command, page: stdout };
  });

  it.each(pages)('$command breaks no rule of axe-core, light, dark or on a phone', ({ command, page }) => {
    expect(audit(page, `${command}-light`)).toEqual([]);
    expect(audit(page, `${command}-dark`, DARK)).toEqual([]);
    expect(audit(page, `${command}-phone`, PHONE)).toEqual([]);
  });

  it.each(pages)('$command is no wider than a phone', ({ command, page }) => {
    const measure = `<script>document.documentElement.dataset.wide = String(document.documentElement.scrollWidth - innerWidth)</script></body>`;
    const file = join(dir, `${command}-width.html`);
    writeFileSync(
      file,
      page.replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, '').replace('</body>', () => measure),
    );
    const over = /data-wide="(-?\d+)"/.exec(chromium('--window-size=500,800', '--dump-dom', `file://${file}`))?.[1];
    expect(Number(over)).toBeLessThanOrEqual(0);
  });

  it('draws, with nothing but the file', () => {
    const file = join(dir, 'drawn.html');
    const shot = join(dir, 'drawn.png');
    writeFileSync(file, pages[0]!.page);
    chromium('--window-size=1280,1600', `--screenshot=${shot}`, `file://${file}`);
    expect(readFileSync(shot).subarray(1, 4).toString()).toBe('PNG');
    expect(readFileSync(shot).length).toBeGreaterThan(50_000);
  });
});
