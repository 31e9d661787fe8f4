import { startRig } from './rig.ts';

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Starts the rig, prints what to export, and keeps it running until a signal. */
async function main(): Promise<void> {
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const rig = await startRig({ say });
  const lines = Object.entries(rig.env).map(([name, value]) => `export ${name}=${quote(value)}`);
  process.stdout.write(`${lines.join('\n')}\n`);
  say(
    `rig is up: cluster ${rig.scenario.cluster.name}, contexts admin (current), ${rig.viewerContext}, nobody, eks. Ctrl-C ends it.`,
  );
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  await rig.stop();
}

await main();
