/**
 * Command lines that a reader copies. Names, ids and texts in them come from the cluster and may be anything, so every
 * command is made here: a word that is not what it is said to be is refused, the rest is quoted so that bash, dash, zsh and
 * fish hand it on as it is, and documents are JSON in which no text can end the quotes.
 */

/** Words of these characters alone mean the same to every shell. */
const PLAIN = /^[A-Za-z0-9_/:.,@+-][A-Za-z0-9_/:.,@%+=-]*$/;

/** What a terminal shows and passes on as it is. */
const PRINTABLE = /^[\x20-\x7e]*$/;

/** Stands for the words that another command hands over (`xargs -I{}`). */
const PLACE = '{}';

/** Begins a command, or a part of one, that is not printed. Our own words follow, never the cluster's. */
export const REFUSED = '#refused ';
const REFUSAL = new RegExp(`${REFUSED}([^#]*)#`);

const DNS_LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** Kubernetes' names of objects: DNS subdomains (apimachinery validation.IsDNS1123Subdomain). */
const DNS_NAME = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/;
const ARN = /^arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:(?:\d{12}|aws)?:[\w+=,.@/:-]{1,512}$/;
/** Texts that need no escape in JSON or in the shorthand of the AWS CLI. */
const TEXT = /^[A-Za-z0-9][A-Za-z0-9 ._:/@=+-]{0,254}$/;

/** What each kind of word looks like, and how a refusal calls it. */
const KINDS = {
  subnet: [/^subnet-[A-Za-z0-9-]{1,40}$/, 'a subnet id'],
  eni: [/^eni-[A-Za-z0-9.-]{1,80}$/, 'an ENI id'],
  'security-group': [/^sg-[A-Za-z0-9-]{1,40}$/, 'a security group id'],
  instance: [/^i-[A-Za-z0-9.-]{1,80}$/, 'an instance id'],
  'launch-template': [/^lt-[A-Za-z0-9-]{1,40}$/, 'a launch template id'],
  vpc: [/^vpc-[A-Za-z0-9-]{1,40}$/, 'a VPC id'],
  'route-table': [/^rtb-[A-Za-z0-9-]{1,40}$/, 'a route table id'],
  'network-acl': [/^acl-[A-Za-z0-9-]{1,40}$/, 'a network ACL id'],
  reservation: [/^scr-[A-Za-z0-9-]{1,40}$/, 'a reservation id'],
  // EKS CreateCluster, `name`.
  cluster: [/^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$/, 'a cluster name'],
  nodegroup: [/^[0-9A-Za-z][A-Za-z0-9_-]{0,62}$/, 'a node group name'],
  region: [/^[a-z]{2,4}(?:-[a-z]+){1,3}-\d{1,2}$/, 'a Region'],
  zone: [/^[a-z]{2,4}(?:-[a-z0-9]+){2,6}$/, 'an availability zone'],
  cidr: [/^[0-9a-fA-F.:]{2,45}\/\d{1,3}$/, 'a CIDR block'],
  arn: [ARN, 'an ARN'],
  // IAM CreateRole, `RoleName`.
  role: [/^[\w+=,.@-]{1,64}$/, 'a role name'],
  node: [DNS_NAME, 'a node name'],
  namespace: [DNS_LABEL, 'a namespace'],
  pod: [DNS_NAME, 'a pod name'],
  object: [DNS_NAME, 'an object name'],
  text: [TEXT, 'a plain text'],
} as const satisfies Readonly<Record<string, readonly [RegExp, string]>>;

export type WordKind = keyof typeof KINDS;

/** Flags of the AWS CLI, kubectl and Helm whose value is of a kind. */
const FLAGS: Readonly<Record<string, WordKind>> = {
  '--addon-name': 'text',
  '--auto-scaling-group-name': 'text',
  '--availability-zone': 'zone',
  '--addon-version': 'text',
  '--cidr': 'cidr',
  '--cidr-block': 'cidr',
  '--cluster-name': 'cluster',
  '--fargate-profile-name': 'cluster',
  '--instance-id': 'instance',
  '--launch-template-id': 'launch-template',
  '--name': 'cluster',
  '--network-acl-id': 'network-acl',
  '--namespace': 'namespace',
  '--network-interface-id': 'eni',
  '--nodegroup-name': 'nodegroup',
  '--pod-execution-role-arn': 'arn',
  '--policy-arn': 'arn',
  '--principal-arn': 'arn',
  '--region': 'region',
  '--role-name': 'role',
  '--route-table-id': 'route-table',
  '--service-account-role-arn': 'arn',
  '--subnet-cidr-reservation-id': 'reservation',
  '--subnet-id': 'subnet',
  '--user-name': 'role',
  '--vpc-id': 'vpc',
  '-n': 'namespace',
};

/** Flags whose value is a JSON document; it is written anew, so that no text in it needs more than the outer quotes. */
const DOCUMENT_FLAGS: ReadonlySet<string> = new Set([
  '-p',
  '--assume-role-policy-document',
  '--cli-input-json',
  '--configuration-values',
  '--launch-template-data',
  '--policy-document',
]);

/** All that fixes use. Anything else that begins with a dash is a name that would be taken for a flag: `--all`. */
const KUBECTL_FLAGS: ReadonlySet<string> = new Set([
  ...[
    '-',
    '-A',
    '-c',
    '-f',
    '-l',
    '-n',
    '-o',
    '-p',
    '--context',
    '--delete-emptydir-data',
    '--field-selector',
    '--from-literal',
    '--for',
    '--ignore-daemonsets',
  ],
  ...[
    '--kubeconfig',
    '--limits',
    '--overwrite',
    '--previous',
    '--requests',
    '--show-labels',
    '--tail',
    '--timeout',
    '--type',
    '--wait',
  ],
]);

/** Values in the shorthand of the AWS CLI, `key=value,key=value`, where a comma or a bracket would begin another. */
const SHORTHAND: Readonly<Record<string, RegExp>> = {
  '--launch-template': /^(?:id|LaunchTemplateId)=(?:lt-[A-Za-z0-9-]+,(?:version|Version)=(?:\d+|\{\})|\{\},version=1)$/,
  '--preferences': /^(?:[A-Za-z]+=(?:\d+|true),?)+$/,
  '--resources-vpc-config': /^subnetIds=(?:(?:subnet-[A-Za-z0-9-]+|\{\})(?:,|$))+$/,
  '--tag-specifications':
    /^ResourceType=[a-z-]+,Tags=\[(?:\{Key=[A-Za-z0-9 ._:/@+-]{1,128},Value=[A-Za-z0-9 ._:/@+-]{0,256}\},?)+\]$/,
};

/** Flags that read a file which an earlier command of the same fix wrote. */
const OWN_FILE: Readonly<Record<string, RegExp>> = {
  '--cli-input-json': /^file:\/\/ng-[A-Za-z0-9_-]+\.json$/,
  '--launch-template-data': /^file:\/\/lt-[A-Za-z0-9-]+\.json$/,
};

/** The word itself, or a refusal that `commandLine` carries into the command. */
export function named(kind: WordKind, word: string): string {
  const [pattern, what] = KINDS[kind];
  return pattern.test(word) ? word : refused(`${what} that is none`);
}

/**
 * A command in which one word varies: what is the same for thousands of nodes is quoted and checked once. The words of these
 * kinds need no quotes, and where one is none, its refusal stands in the command.
 */
export function commandFor(kind: 'node' | 'instance', make: (word: string) => string): (word: string) => string {
  const none = named(kind, '');
  const around = make(none).split(none);
  return (word) => around.join(named(kind, word));
}

/** Why a command cannot be printed, in our own words; undefined for one that can. */
export function refusalOf(command: string): string | undefined {
  return command.includes(REFUSED) ? REFUSAL.exec(command)?.[1] : undefined;
}

function refused(why: string): string {
  return `${REFUSED}${why}#`;
}

/** One word, quoted where it must be. Control characters and what is not ASCII are refused. Never throws. */
export function quote(word: string): string {
  if (PLAIN.test(word)) return word;
  const refusal = refusalOf(word);
  if (refusal !== undefined) return refused(refusal);
  return PRINTABLE.test(word) ? inQuotes(word) : refused('a text that a terminal does not pass on as it is');
}

/** fish reads `\\` and `\'` inside single quotes, the others nothing: such a backslash stands outside them. */
function inQuotes(word: string): string {
  return `'${word.replace(/'|\\(?=[\\']|$)/g, (c) => `'\\${c}'`)}'`;
}

/**
 * A command of these words. A value that has to be quoted is joined to its long flag, so that it cannot be taken for another
 * flag; values of flags known here must be of their kind.
 */
export function commandLine(...words: readonly string[]): string {
  const isKubectl = words[0] === 'kubectl';
  let line = '';
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const value = words[i + 1];
    if (i > 0) line += ' ';
    if (!word.startsWith('-')) line += quote(word);
    else if (isKubectl && !isKubectlFlag(word)) line += refused('a name that is a flag');
    else if (!isFlag(word) || value === undefined || (isFlag(value) && !takesValue(word))) line += quote(word);
    else {
      const text = wordOfFlag(word, value, words.includes('aws'));
      const alone = words[i + 2] === undefined || isFlag(words[i + 2]!);
      line += alone && word.startsWith('--') && text.startsWith("'") ? `${word}=${text}` : `${word} ${text}`;
      i++;
    }
  }
  return line;
}

function isKubectlFlag(word: string): boolean {
  const end = word.indexOf('=');
  return KUBECTL_FLAGS.has(end < 0 ? word : word.slice(0, end));
}

function takesValue(flag: string): boolean {
  return flag in FLAGS || flag in SHORTHAND || DOCUMENT_FLAGS.has(flag);
}

function isFlag(word: string): boolean {
  return word.startsWith('-') && /^--?[A-Za-z][A-Za-z0-9-]*$/.test(word);
}

function wordOfFlag(flag: string, value: string, aws: boolean): string {
  const kind = FLAGS[flag];
  if (kind && value !== PLACE) return quote(named(kind, value));
  const shorthand = SHORTHAND[flag];
  if (shorthand && !shorthand.test(value)) return quote(refusalOf(value) ? value : refused('an id that is none'));
  // The AWS CLI would read the file or fetch the page in place of the value.
  if (OWN_FILE[flag]?.test(value)) return quote(value);
  if (aws && /^(?:fileb?|https?):\/\//i.test(value)) return refused('a value that names a file');
  return quote(DOCUMENT_FLAGS.has(flag) ? documentOf(value) : value);
}

function documentOf(text: string): string {
  try {
    return json(JSON.parse(text));
  } catch {
    return refused('a document that is none');
  }
}

/** Characters of JSON strings that no shell, no YAML reader and no terminal reads as anything else. */
const UNSAFE = /[^A-Za-z0-9 ._:/@=+,-]/g;

/** A JSON string; all but the plainest characters are escaped. `{}` alone stays: `xargs` fills it in. */
function jsonString(text: string): string {
  if (text === PLACE || refusalOf(text) !== undefined) return `"${text}"`;
  return `"${text.replace(UNSAFE, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`;
}

/** A document on one line, for a flag that takes JSON. Members that are undefined are left out, as by `JSON.stringify`. */
export function json(value: unknown): string {
  return written(value, '', Number.POSITIVE_INFINITY, { comma: ',', colon: ':' });
}

/** A document for the standard input of a command: as many of its members on a line as fit. */
function jsonLines(value: unknown): string {
  return written(value, '', 0, { comma: ', ', colon: ': ' });
}

/** With brackets and what it belongs to, what a terminal of 80 columns shows on one line: a document broken inside a string is none. */
const LINE = 72;

/** `room` is how long a value may be to stand on one line. */
function written(value: unknown, indent: string, room: number, marks: { comma: string; colon: string }): string {
  if (typeof value === 'string') return jsonString(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  const deeper = `${indent}  `;
  const entries = Array.isArray(value)
    ? value.map((v) => ['', v] as const)
    : Object.entries(value)
        .filter(([, v]) => v !== undefined)
        .map(([k, v]) => [`${jsonString(k)}${marks.colon}`, v] as const);
  const inline =
    open + entries.map(([k, v]) => k + written(v, '', Number.POSITIVE_INFINITY, marks)).join(marks.comma) + close;
  if (inline.length <= room || entries.length === 0) return inline;
  const lines: string[] = [];
  for (const member of entries.map(([k, v]) => k + written(v, deeper, LINE - deeper.length - k.length, marks))) {
    const joined = `${lines.at(-1)}${marks.comma}${member}`;
    // the first line stands behind what the value belongs to
    const width = indent !== '' && lines.length === 1 ? room - 1 : LINE - deeper.length;
    const fits = lines.length > 0 && !joined.includes('\n') && joined.length < width;
    if (fits) lines[lines.length - 1] = joined;
    else lines.push(member);
  }
  const whole = lines.join(`,\n${deeper}`);
  return indent === '' ? `${open}\n${deeper}${whole}\n${close}` : open + whole + close;
}

/** The same as one word a line, for `printf '%s\n'` where a document cannot be one word: a screen can break it between them. */
export function documentLines(value: unknown): string[] {
  return jsonLines(value).split('\n');
}

/**
 * A command that reads a document from its standard input. Not a here-document: fish has none, and a line of data can end it.
 * `command` is a command line made here.
 */
export function withInput(command: string, document: unknown): string {
  const text = jsonLines(document);
  const refusal = refusalOf(text);
  return refusal === undefined ? `printf '%s\\n' '${text}' | ${command}` : refused(refusal);
}
