/**
 * Servers that misbehave, and what becomes of the list that was read from them. Each row is run (`faults.test.ts`) and is a
 * row of `docs/reliability.md`, which is written from here.
 */
import { gzipSync } from 'node:zlib';
import { type Answer as AwsAnswer, ec2Error, subnetPage } from '../inspect/collect/aws/fake-aws.ts';
import { type Answer, json, page, plainText, status } from '../inspect/collect/kubernetes/fake-server.ts';
import { ODDITIES } from './oddities.ts';

/** `whole`: everything is there; `partial`: data and a gap; `failed`, `denied`: no data and the reason. */
export type Outcome = 'whole' | 'partial' | 'failed' | 'denied';

export interface Row {
  readonly fault: string;
  readonly outcome: Outcome;
  /** What the report says of it; nothing where everything is there. */
  readonly says?: RegExp;
  /** Where it is not that of the outcome: everything is read, and what was sent leaves something unknown. */
  readonly exit?: number;
}

export interface KubernetesRow extends Row {
  /** Answers requests for pods; `honest` is the answer of a server in order. `n` counts requests from 1. */
  readonly answer: (honest: Answer, n: number, token: string | null) => Answer;
}

export interface AwsRow extends Row {
  readonly answers: readonly AwsAnswer[];
}

/** Three pages of pods, as a server in order sends them. */
export const PODS = ['a', 'b', 'c', 'd', 'e', 'f'];
export const honest: Answer = (asked, response) => {
  const at = Number(asked.url.searchParams.get('continue')?.replace('token', '') ?? 0);
  json(response, 200, page(PODS.slice(at, at + 2), at + 2 < PODS.length ? `token${at + 2}` : undefined));
};

const first =
  (most: number, bad: Answer): KubernetesRow['answer'] =>
  (good, n) =>
    n <= most ? bad : good;
const always = (bad: Answer) => () => bad;
/** The second page goes wrong the first time it is asked for. */
const secondPage = (bad: Answer): KubernetesRow['answer'] => {
  let done = false;
  return (good, _, token) => {
    if (token !== 'token2' || done) return good;
    done = true;
    return bad;
  };
};

const tooMany: Answer = (_, response) => plainText(response, 429, 'too many requests', { 'retry-after': '0' });
const error =
  (code: number): Answer =>
  (_, response) =>
    status(response, code, 'InternalError', 'etcd leader changed');
const html: Answer = (_, response) => {
  response.writeHead(200, { 'content-type': 'text/html' });
  response.end('<html>Please log in</html>');
};
const cut =
  (packed: boolean): Answer =>
  (_, response) => {
    const text = JSON.stringify(page(Array.from({ length: 400 }, (_v, i) => `p${i}`)));
    const body = packed ? gzipSync(text) : Buffer.from(text);
    response.writeHead(200, {
      'content-type': 'application/json',
      ...(packed ? { 'content-encoding': 'gzip' } : {}),
    });
    response.write(body.subarray(0, body.length / 2));
    setTimeout(() => response.destroy(), 20);
  };
const half: Answer = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end('{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[{"metadata":{"na');
};
const shortGzip: Answer = (_, response) => {
  const body = gzipSync(JSON.stringify(page(PODS)));
  response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
  response.end(body.subarray(0, body.length - 20));
};
const silent: Answer = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).write('{"kind":"PodList","items":[');
};
const drip: Answer = (asked, response) => {
  const at = Number(asked.url.searchParams.get('continue')?.replace('token', '') ?? 0);
  const text = JSON.stringify(page(PODS.slice(at, at + 2), at + 2 < PODS.length ? `token${at + 2}` : undefined));
  response.writeHead(200, { 'content-type': 'application/json' });
  let sent = 0;
  const timer = setInterval(() => {
    response.write(text.slice(sent, sent + 40));
    sent += 40;
    if (sent < text.length) return;
    clearInterval(timer);
    response.end();
  }, 60);
};

export const KUBERNETES_FAULTS: readonly KubernetesRow[] = [
  { fault: 'throttles once', outcome: 'whole', answer: first(1, tooMany) },
  { fault: 'throttles three times in a row', outcome: 'whole', answer: first(3, tooMany) },
  {
    fault: 'throttles ten times in a row',
    outcome: 'failed',
    says: /^throttled: list pods: too many requests \(after 4 retries\)$/,
    answer: first(10, tooMany),
  },
  { fault: 'answers 500 once', outcome: 'whole', answer: first(1, error(500)) },
  { fault: 'answers 503 three times in a row', outcome: 'whole', answer: first(3, error(503)) },
  {
    fault: 'always answers 500',
    outcome: 'failed',
    says: /answered HTTP 500: etcd leader changed$/,
    answer: always(error(500)),
  },
  {
    fault: 'is a proxy with a login page',
    outcome: 'failed',
    says: /answered with a web page .*a proxy or a login page/,
    answer: always(html),
  },
  { fault: 'sends each page in a slow drip', outcome: 'whole', answer: always(drip) },
  { fault: 'falls silent in the middle of a page, once', outcome: 'whole', answer: secondPage(silent) },
  { fault: 'always falls silent', outcome: 'failed', says: /^timeout: .*no answer for/, answer: always(silent) },
  { fault: 'resets the connection in the middle of a page, once', outcome: 'whole', answer: secondPage(cut(false)) },
  { fault: 'breaks off a compressed page, once', outcome: 'whole', answer: secondPage(cut(true)) },
  { fault: 'ends a compressed page too early, once', outcome: 'whole', answer: secondPage(shortGzip) },
  {
    fault: 'always resets the connection',
    outcome: 'failed',
    says: /the connection broke/,
    answer: always(cut(false)),
  },
  { fault: 'sends half a JSON, once', outcome: 'whole', answer: secondPage(half) },
  { fault: 'always sends half a JSON', outcome: 'failed', says: /the answer is not JSON/, answer: always(half) },
  {
    fault: 'forgets the continue token (410) and offers another',
    outcome: 'partial',
    says: /the rest is of a later moment than the beginning$/,
    answer: secondPage((_, response) => status(response, 410, 'Expired', 'too old', { continue: 'token2' })),
  },
  {
    fault: 'forgets the continue token (410) and offers none',
    outcome: 'whole',
    answer: secondPage((_, response) => status(response, 410, 'Expired', 'too old')),
  },
  {
    fault: 'refuses the credentials in the middle of a list, once',
    outcome: 'whole',
    answer: secondPage((_, response) => status(response, 401, 'Unauthorized', 'Unauthorized')),
  },
  {
    fault: 'always refuses the credentials',
    outcome: 'failed',
    says: /does not accept the credentials .*401/,
    answer: always((_, response) => status(response, 401, 'Unauthorized', 'Unauthorized')),
  },
  {
    fault: 'denies the list',
    outcome: 'denied',
    says: /pods is forbidden/,
    answer: always((_, response) => status(response, 403, 'Forbidden', 'pods is forbidden')),
  },
  {
    fault: 'sends the same page again and again',
    outcome: 'failed',
    says: /the server repeats itself/,
    answer: (_, n) => (_asked, response) => json(response, 200, page(['a', 'b'], `token${n}`)),
  },
  {
    fault: 'hands out continue tokens in turns',
    outcome: 'failed',
    says: /the server repeats itself/,
    answer: (_, n) => (_asked, response) => json(response, 200, page([`p${n}`], `token${n % 2}`)),
  },
  {
    fault: 'ignores the limit and sends everything at once',
    outcome: 'failed',
    says: /ignores limit=500/,
    answer: always((_, response) => json(response, 200, page(Array.from({ length: 1200 }, (_v, i) => `p${i}`)))),
  },
  {
    fault: 'sends the objects of a page twice',
    outcome: 'whole',
    answer: always((_, response) => json(response, 200, page([...PODS, ...PODS]))),
  },
  {
    fault: 'sends a list of another kind',
    outcome: 'failed',
    says: /the answer is no Kubernetes list of pods/,
    answer: always((_, response) => json(response, 200, { kind: 'NodeList', apiVersion: 'v1', items: [] })),
  },
  {
    fault: 'sends one object that is not what it should be',
    outcome: 'partial',
    says: /one object could not be used: default\/bad \(createdAt: not a time\)/,
    answer: always((_, response) =>
      json(response, 200, {
        ...(page(PODS) as object),
        items: [...PODS, 'bad'].map((name) => ({
          metadata: { name, namespace: 'default', creationTimestamp: name === 'bad' ? 'soon' : '2026-01-01T00:00:00Z' },
        })),
      }),
    ),
  },
];

const good = subnetPage(['subnet-a']);
const okay = (body: string): AwsAnswer => ({ body });
const throttled = ec2Error('RequestLimitExceeded', 503);
const times = (n: number, answer: AwsAnswer): AwsAnswer[] => Array(n).fill(answer);

export const AWS_FAULTS: readonly AwsRow[] = [
  { fault: 'throttles once', outcome: 'whole', answers: [throttled, good] },
  { fault: 'throttles three times in a row', outcome: 'whole', answers: [...times(3, throttled), good] },
  {
    fault: 'throttles ten times in a row',
    outcome: 'failed',
    says: /^throttled: ec2:DescribeSubnets was refused for rate 6 times/,
    answers: [...times(10, throttled), good],
  },
  { fault: 'answers 500 once', outcome: 'whole', answers: [ec2Error('InternalError', 500), good] },
  { fault: 'answers 503 twice in a row', outcome: 'whole', answers: [...times(2, ec2Error('Unavailable', 503)), good] },
  {
    fault: 'is a proxy with a login page',
    outcome: 'failed',
    says: /did not answer ec2:DescribeSubnets like AWS/,
    answers: [okay('<html>Please log in</html>')],
  },
  {
    fault: 'answers with an empty page',
    outcome: 'failed',
    says: /like AWS, but with an empty page/,
    answers: [okay('')],
  },
  {
    fault: 'answers with other XML',
    outcome: 'failed',
    says: /like AWS, but with something else/,
    answers: [okay('<feed/>')],
  },
  { fault: 'breaks a reply off, once', outcome: 'whole', answers: [okay(good.body.slice(0, 90)), good] },
  {
    fault: 'always breaks its replies off',
    outcome: 'failed',
    says: /like AWS/,
    answers: [okay(good.body.slice(0, 90))],
  },
  {
    fault: 'denies the call',
    outcome: 'denied',
    says: /^ec2:DescribeSubnets was denied \(UnauthorizedOperation\)$/,
    answers: [ec2Error('UnauthorizedOperation', 403)],
  },
  {
    fault: 'says that the credentials have expired',
    outcome: 'failed',
    says: /the AWS credentials have expired \(ExpiredToken\)/,
    answers: [ec2Error('ExpiredToken', 400)],
  },
  {
    fault: 'says that the clock is wrong',
    outcome: 'failed',
    says: /the clock of this machine is wrong|have expired/,
    answers: [ec2Error('RequestExpired', 400)],
  },
  {
    fault: 'hands out the same token again',
    outcome: 'failed',
    says: /the server repeats itself/,
    answers: [subnetPage(['subnet-a'], 'again')],
  },
  { fault: 'sends an object twice', outcome: 'whole', answers: [subnetPage(['subnet-a', 'subnet-a'])] },
];

/** The page, from the rows. */
export function reliabilityPage(): string {
  const table = (rows: readonly Row[]) => [
    '| The server… | What is read | What the report says | Exit |',
    '|---|---|---|---|',
    ...rows.map(
      (r) =>
        `| ${r.fault} | ${OUTCOMES[r.outcome]} | ${r.says ? `\`${plain(r.says)}\`` : ''} | ${r.exit ?? EXITS[r.outcome]} |`,
    ),
  ];
  return `${[
    '# What happens on a bad day',
    '',
    'Written from the tests: each row is run against a server that misbehaves so (`test/reliability/`). Whatever is not read',
    'is a gap of its section: checks that need it are not evaluated, and where one of them could have reached `--fail-on`,',
    'the exit code is 3. Nothing that failed is taken for empty. The exit code of each row is that of `inspect --fail-on',
    'error` on a cluster in which all else is well; without `--fail-on` it is 0, and 3 where neither side told anything.',
    '',
    '- A request that is refused for rate, answered with 5xx or broken off is tried again: four times on the side of',
    '  Kubernetes, five times on the side of AWS, waiting longer each time or as long as the server asks.',
    '- A page that stalls or breaks is asked for again with its token; a list whose token expired goes on with the one the',
    '  server offers, or begins anew.',
    '- Silence is counted only while vpccni listens: a process that was stopped for a minute goes on where it was.',
    '- Without `--timeout` a section is given up after 60 s without progress, however long the whole takes; `--timeout`',
    '  bounds the whole.',
    '',
    '## Kubernetes',
    '',
    ...table(KUBERNETES_FAULTS),
    '',
    '## AWS',
    '',
    ...table(AWS_FAULTS),
    '',
    '## What is read is odd',
    '',
    ...table(ODDITIES),
    '',
    '## A permission is missing',
    '',
    'Each section of the snapshot is denied alone, as the permissions it needs would: no finding appears that was not there, none of what it',
    'would have told is counted as passed, and the exit code is 3 where a check that tells errors needs it, else 0.',
  ].join('\n')}\n`;
}

/** Of `--fail-on error` on a cluster in which all else is well: every list of these tables is one that errors are told by. */
export const EXITS: Readonly<Record<Outcome, number>> = { whole: 0, partial: 3, failed: 3, denied: 3 };

const OUTCOMES: Readonly<Record<Outcome, string>> = {
  whole: 'everything',
  partial: 'a part, and it says so',
  failed: 'nothing, and it says so',
  denied: 'nothing, and it names the permission',
};

/** A pattern as a reader would write the text. */
function plain(pattern: RegExp): string {
  return pattern.source
    .replace(/[\^$\\]/g, '')
    .replaceAll('.*', ' … ')
    .replaceAll('|', ' or ');
}
