/**
 * Runs a credential plugin (`users[].user.exec`) the way client-go does (plugin/pkg/client/auth/exec/exec.go), with two
 * differences on purpose: standard input is closed, so that a plugin that asks a question ends instead of hanging, and
 * there is a time limit.
 */
import { spawn } from 'node:child_process';
import { scrubPlugin } from '../../scrub.ts';
import { CredentialsError } from '../connection.ts';
import { type Entry, isText } from './files.ts';
import { killTree } from './kill-tree.ts';

export interface ExecCredential {
  readonly token?: string;
  readonly certificate?: string;
  readonly key?: string;
  /** Milliseconds since 1970; undefined where the plugin does not say. */
  readonly expiresAt?: number;
}

export interface ExecOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs?: number;
  /** Told to the plugin where it asks for it (`provideClusterInfo`). */
  readonly cluster: { readonly server: string; readonly caData?: string; readonly serverName?: string };
}

const VERSIONS = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];
const TIMEOUT_MS = 30_000;
const MAX_OUTPUT = 1024 * 1024;

/** @throws CredentialsError naming the command and the last line it wrote to standard error */
export async function runExecPlugin(exec: Entry, options: ExecOptions): Promise<ExecCredential> {
  const { command, apiVersion } = exec;
  if (!isText(command)) throw new CredentialsError('the exec plugin of the kubeconfig has no command');
  if (!isText(apiVersion) || !VERSIONS.includes(apiVersion))
    throw new CredentialsError(
      `exec plugin ${command}: apiVersion "${String(apiVersion ?? '')}" is not supported; use ${VERSIONS.join(' or ')}`,
    );
  if (exec.interactiveMode === 'Always')
    throw new CredentialsError(
      `exec plugin ${command} wants a terminal (interactiveMode: Always) and gets none here; put a token into the kubeconfig, or reach the cluster through its EKS name`,
    );
  const output = await run(command, argumentsOf(exec), environmentOf(exec, apiVersion, options), {
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    hint: exec.installHint,
  });
  return credentialOf(output, command, apiVersion);
}

function argumentsOf(exec: Entry): string[] {
  return Array.isArray(exec.args) ? exec.args.map(String) : [];
}

function environmentOf(exec: Entry, apiVersion: string, { env, cluster }: ExecOptions): NodeJS.ProcessEnv {
  const own = Array.isArray(exec.env) ? (exec.env as readonly Entry[]) : [];
  const info = {
    apiVersion,
    kind: 'ExecCredential',
    spec: {
      interactive: false,
      ...(exec.provideClusterInfo === true
        ? {
            cluster: {
              server: cluster.server,
              ...(cluster.caData ? { 'certificate-authority-data': cluster.caData } : {}),
              ...(cluster.serverName ? { 'tls-server-name': cluster.serverName } : {}),
            },
          }
        : {}),
    },
  };
  return {
    ...env,
    ...Object.fromEntries(own.filter((e) => isText(e?.name)).map((e) => [String(e.name), String(e.value ?? '')])),
    KUBERNETES_EXEC_INFO: JSON.stringify(info),
  };
}

function run(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  { timeoutMs, hint }: { timeoutMs: number; hint: unknown },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    // it must not outlive the program, however that ends
    const kill = () => killTree(child);
    process.once('exit', kill);
    let out = '';
    let err = '';
    const fail = (why: string) => {
      clearTimeout(timer);
      process.off('exit', kill);
      kill();
      // What it left behind when it ended may keep the pipes open.
      child.stdout.destroy();
      child.stderr.destroy();
      reject(new CredentialsError(`exec plugin ${command}: ${why}`));
    };
    const timer = setTimeout(
      () =>
        fail(
          `no credentials within ${timeoutMs / 1000} s (it gets no terminal; does it wait for an answer?)${said(err)}`,
        ),
      timeoutMs,
    );
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      if (out.length > MAX_OUTPUT) fail('it writes more than any credential needs');
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err = (err + text).slice(-4096);
    });
    child.once('error', (e: NodeJS.ErrnoException) => {
      const missing = e.code === 'ENOENT';
      fail(`${missing ? 'not found' : e.message}${missing && isText(hint) ? `: ${hint.trim().split('\n')[0]}` : ''}`);
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      process.off('exit', kill);
      if (code === 0) resolve(out);
      else fail(`${signal ? `ended by ${signal}` : `exit code ${code}`}${said(err)}`);
    });
  });
}

/** The last line of standard error: the plugin's own explanation. */
function said(stderr: string): string {
  const line = stderr.trim().split('\n').at(-1)?.trim().slice(0, 300);
  return line ? `: ${scrubPlugin(line)}` : '';
}

function credentialOf(output: string, command: string, apiVersion: string): ExecCredential {
  let reply: Entry;
  try {
    reply = JSON.parse(output) as Entry;
  } catch {
    throw new CredentialsError(`exec plugin ${command}: its output is not JSON`);
  }
  if (reply?.kind !== 'ExecCredential' || reply.apiVersion !== apiVersion)
    throw new CredentialsError(
      `exec plugin ${command}: it answered with ${String(reply?.apiVersion ?? 'no apiVersion')}, the kubeconfig says ${apiVersion}`,
    );
  const status = (reply.status ?? {}) as Entry;
  const { token, clientCertificateData: certificate, clientKeyData: key, expirationTimestamp } = status;
  if (!isText(token) && !(isText(certificate) && isText(key)))
    throw new CredentialsError(
      `exec plugin ${command}: it returned neither a token nor a client certificate with its key`,
    );
  const expiresAt = isText(expirationTimestamp) ? Date.parse(expirationTimestamp) : Number.NaN;
  return {
    ...(isText(token) ? { token } : {}),
    ...(isText(certificate) && isText(key) ? { certificate, key } : {}),
    ...(Number.isNaN(expiresAt) ? {} : { expiresAt }),
  };
}
