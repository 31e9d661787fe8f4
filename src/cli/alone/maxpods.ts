/** The program for `vpccni maxpods` alone: the build leaves the other commands out and writes one file. */
export { main } from '../../cli.ts';
