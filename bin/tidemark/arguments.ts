import { InvalidArgumentError } from 'commander';

/** Reads a whole number of an option. */
export function wholeNumber(min: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d{1,16}$/.test(text) || !Number.isSafeInteger(value) || value < min) {
      throw new InvalidArgumentError(`It must be a whole number from ${min}.`);
    }
    return value;
  };
}

/** Reads the URL of a DynamoDB. An empty one is refused: a script's variable that is not set must not lead to AWS. */
export function url(text: string): string {
  const protocol = URL.parse(text)?.protocol;
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw new InvalidArgumentError('It must be a URL such as http://127.0.0.1:8000.');
  }
  return text;
}

/** Reads a number of an option, which may have decimals. */
export function number(min: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d{1,16}(\.\d{1,10})?(e\d{1,2})?$/.test(text) || value < min) {
      throw new InvalidArgumentError(`It must be a number from ${min}.`);
    }
    return value;
  };
}
