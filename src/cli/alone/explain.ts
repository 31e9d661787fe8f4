/** The program for `vpccni explain` alone: the build leaves the other commands out and writes one file. */
export { main } from '../../cli.ts';
