/** Lets the usage line and the examples of a help text call the program as it was called. */
export function calledAs(name: string, help: string): string {
  return help.replace(/^(Usage:|) +vpccni(?= )/gm, (start) => start.replace('vpccni', name));
}
