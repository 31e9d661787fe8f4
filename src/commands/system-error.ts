/** The short reason of a system error, without its stack and path. */
export function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  const words: Record<string, string> = {
    ENOENT: 'no such file or directory',
    EACCES: 'permission denied',
    EISDIR: 'it is a directory',
    ENOTDIR: 'a part of its path is not a directory',
    ENOSPC: 'no space left on the device',
  };
  return (code && words[code]) || (error instanceof Error ? error.message.split('\n')[0]! : String(error));
}
