/** The report itself, indented, in the order its fields are declared. */
export function renderJson(report: object): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}
