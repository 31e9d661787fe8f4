/** Proof at run time that nothing is written: a client refuses every operation that is not a read. */
import { giveLarge } from './large-replies.ts';

const READ = /^(Describe|Get|List)[A-Z]\w*Command$/;

/** What the SDK's clients have in common, as far as it is used here. */
interface Client {
  // biome-ignore lint/suspicious/noExplicitAny: the send of each client has its own overloads
  send: (...args: any[]) => any;
  readonly middlewareStack: {
    // biome-ignore lint/suspicious/noExplicitAny: middleware of four services with unrelated inputs
    readonly add: (middleware: any, options: any) => void;
    // biome-ignore lint/suspicious/noExplicitAny: as above
    readonly addRelativeTo: (middleware: any, options: any) => void;
  };
}

interface Watch {
  readonly onHost: (host: string) => void;
  /** Middleware that looks at replies before they are read. */
  readonly checkReply?: unknown;
}

/**
 * Makes a client refuse anything but Describe, Get and List, give up when the signal fires, tell the host it asks, and check
 * that what answers is AWS.
 */
export function guardClient<C extends Client>(client: C, signal: AbortSignal, { onHost, checkReply }: Watch): C {
  client.middlewareStack.add(
    (next: (args: unknown) => unknown, context: { commandName?: string }) =>
      (args: { request?: { hostname?: string; port?: number } }) => {
        if (!READ.test(context.commandName ?? ''))
          throw new Error(`refused to send ${context.commandName}: vpccni only reads`);
        const { hostname, port } = args.request ?? {};
        if (hostname) onHost(port ? `${hostname}:${port}` : hostname);
        return next(args);
      },
    { step: 'build', name: 'vpccniReadOnly', override: true },
  );
  if (checkReply) {
    client.middlewareStack.add(checkReply, {
      step: 'deserialize',
      priority: 'low',
      name: 'vpccniCheckReply',
      override: true,
    });
    client.middlewareStack.addRelativeTo(giveLarge, {
      relation: 'before',
      toMiddleware: 'deserializerMiddleware',
      name: 'vpccniGiveLarge',
      override: true,
    });
  }
  const send = client.send.bind(client);
  client.send = (command, options) => send(command, { abortSignal: signal, ...options });
  return client;
}
