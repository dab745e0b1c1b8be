import type { Readable } from 'node:stream';
import { OUTPUT_CHARS_MAX } from './bounds.ts';

/** Java's note that it has read `JDK_JAVA_OPTIONS`: no error, and always the first line. */
const JAVA_NOTE = /^NOTE: .*\n/;

/** Where in the code an error came from, in Java's words and in Node's: nothing for a user. */
const STACK_FRAMES = /^\s+at .*$/gm;

/**
 * Reads a stream to its end, so that its writer never has to wait, and remembers the beginning: where a program fails,
 * its first lines say why. Returns them, in one line.
 */
export function firstOutput(stream: Readable | null): () => string {
  let kept = '';
  stream?.setEncoding('utf8').on('data', (text: string) => {
    kept = (kept + text).slice(0, OUTPUT_CHARS_MAX);
  });
  return () => kept.replace(JAVA_NOTE, '').replaceAll(STACK_FRAMES, '').replaceAll(/\s+/g, ' ').trim();
}

/** What happened, and what the program said about it, if anything. */
export function withOutput(what: string, output: string): string {
  return output === '' ? what : `${what}: ${output}`;
}
