/** Control characters, separators of lines, and what turns the direction of a text: a terminal obeys them, or shows another order. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/**
 * Prints a line of which some is stored: events are anybody's who may append, and a terminal would take commands from them. What it would
 * obey is shown as JSON writes it, `\u001b`; JSON remains the same JSON.
 */
export function printLine(text: string): void {
  console.log(printable(text));
}

export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
