import { parseJson } from '../events/parse-json.ts';
import { BODY_BYTES_MAX } from './bounds.ts';
import { invalidRequest, ProblemError, tooLarge } from './problem.ts';

const JSON_MEDIA_TYPE = /^application\/(?:[\w!#$&^.+-]+\+)?json$/i;
const OTHER_CHARSET = /^charset\s*=(?!\s*"?utf-8"?$)/i;

/** Of a Content-Length that is no such number, nothing is believed: reading stops at the limit all the same. */
const BYTE_COUNT = /^\d{1,15}$/;

/** A number that JavaScript may not hold as it was written. Without such digits there is nothing to look for. */
const RISKY_DIGITS = /-0|\d{16}|e-\d{3}/i;

/**
 * The JSON of a request's body.
 *
 * @throws {ProblemError} 415 where it is not declared as JSON, 413 where it is over `BODY_BYTES_MAX`, 400 where it is not
 *   UTF-8 or not JSON
 */
export async function readJsonBody(request: Request): Promise<unknown> {
  const mediaType = request.headers.get('content-type') ?? '';
  if (!isUtf8Json(mediaType)) {
    const detail = `Content-Type must be application/json in UTF-8, not "${mediaType}"`;
    throw new ProblemError(415, 'unsupported-media-type', 'The body is not JSON', detail);
  }
  const declared = request.headers.get('content-length') ?? '';
  if (BYTE_COUNT.test(declared) && Number(declared) > BODY_BYTES_MAX) {
    throw tooLarge(Number(declared), BODY_BYTES_MAX);
  }
  return parseBody(decodeUtf8(await readBytes(request.body)));
}

/** JSON knows no parameters, and ignores them (RFC 8259, section 11); a charset that is not UTF-8 is a reason to ask back. */
function isUtf8Json(mediaType: string): boolean {
  const [type = '', ...parameters] = mediaType.split(';').map((part) => part.trim());
  return JSON_MEDIA_TYPE.test(type) && !parameters.some((parameter) => OTHER_CHARSET.test(parameter));
}

/** Stops reading at the limit: a body that does not say its length must not fill the memory. */
async function readBytes(body: Request['body']): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body ?? []) {
      size += chunk.byteLength;
      if (size > BODY_BYTES_MAX) {
        throw tooLarge(size, BODY_BYTES_MAX);
      }
      chunks.push(chunk);
    }
  } catch (error) {
    // Else the client has gone away, which is no fault of the server.
    throw error instanceof ProblemError ? error : invalidRequest([{ path: '', message: 'The body breaks off' }]);
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

function parseBody(text: string): unknown {
  try {
    return RISKY_DIGITS.test(text) ? parseJson(text, keepNumber) : parseJson(text);
  } catch (error) {
    // With `keepNumber`, JSON.parse calls itself for each level.
    if (error instanceof RangeError) {
      throw invalidRequest([{ path: '', message: 'The body must not be nested so deep' }]);
    }
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
  // An integer past all numbers has become an infinity, which the store refuses just so.
  if (Number.isFinite(value) && /^-?\d+$/.test(source) && BigInt(source) !== BigInt(value)) {
    return BigInt(source);
  }
  return value === 0 ? 0 : value;
}
