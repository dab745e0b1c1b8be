import { BODY_BYTES_MAX } from './bounds.ts';
import { invalidRequest, ProblemError, tooLarge } from './problem.ts';

const JSON_MEDIA_TYPE = /^application\/(?:[\w!#$&^.+-]+\+)?json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

/** A number that JavaScript may not hold as it was written. Without such digits there is nothing to look for. */
const RISKY_DIGITS = /-0|\d{16}/;

/**
 * The JSON of a request's body.
 *
 * @throws {ProblemError} 415 where it is not declared as JSON, 413 where it is over `BODY_BYTES_MAX`, 400 where it is not
 *   UTF-8 or not JSON
 */
export async function readJsonBody(request: Request): Promise<unknown> {
  const mediaType = request.headers.get('content-type') ?? '';
  if (!JSON_MEDIA_TYPE.test(mediaType)) {
    const detail = `Content-Type must be application/json in UTF-8, not "${mediaType}"`;
    throw new ProblemError(415, 'unsupported-media-type', 'The body is not JSON', detail);
  }
  const declaredBytes = Number(request.headers.get('content-length') ?? 0);
  if (declaredBytes > BODY_BYTES_MAX) {
    throw tooLarge(declaredBytes, BODY_BYTES_MAX);
  }
  return parseJson(decodeUtf8(await readBytes(request)));
}

/** Stops reading at the limit: a body that does not say its length must not fill the memory. */
async function readBytes(request: Request): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size > BODY_BYTES_MAX) {
      throw tooLarge(size, BODY_BYTES_MAX);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw invalidRequest([{ path: '', message: 'The body must be UTF-8' }]);
  }
}

function parseJson(text: string): unknown {
  try {
    return RISKY_DIGITS.test(text) ? JSON.parse(text, keepNumber) : JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw invalidRequest([{ path: '', message: `The body must be JSON: ${reason}` }]);
  }
}

/**
 * An integer that a JavaScript number cannot hold becomes a bigint, which the store then refuses with its path, instead of
 * being stored as another number. JSON does not tell -0 from 0, so it becomes 0.
 */
function keepNumber(this: unknown, _key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number') {
    return value;
  }
  const source = context?.source ?? '';
  if (/^-?\d+$/.test(source) && BigInt(source) !== BigInt(value)) {
    return BigInt(source);
  }
  return value === 0 ? 0 : value;
}
