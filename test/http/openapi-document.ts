import * as z from 'zod';

/** The parts of OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.0) that the document may have: what is not here is an error. */
const JsonSchema = z.record(z.string(), z.json());
const Content = z.record(z.string().regex(/^application\/(?:problem\+)?json$/), z.strictObject({ schema: JsonSchema }));
const Parameter = z.strictObject({
  name: z.string(),
  in: z.enum(['path', 'query', 'header']),
  required: z.boolean(),
  description: z.string().optional(),
  schema: JsonSchema,
});
const Answer = z.strictObject({
  description: z.string().min(1),
  headers: z.record(z.string(), z.strictObject({ description: z.string().min(1), schema: JsonSchema })).optional(),
  content: Content.optional(),
});
const OperationObject = z.strictObject({
  operationId: z.string().regex(/^[a-z][A-Za-z]*$/),
  summary: z.string().min(1),
  parameters: z.array(Parameter).optional(),
  requestBody: z.strictObject({ required: z.literal(true), content: Content }).optional(),
  responses: z.record(z.string().regex(/^[1-5]\d\d$/), Answer),
});

export const OpenApiDocument = z.strictObject({
  openapi: z.string().regex(/^3\.1\.\d+$/),
  info: z.strictObject({
    title: z.string(),
    version: z.string(),
    description: z.string(),
    license: z.strictObject({ name: z.string(), identifier: z.string() }),
  }),
  paths: z.record(z.string().startsWith('/'), z.partialRecord(z.enum(['get', 'post']), OperationObject)),
});

export interface DocumentedOperation extends z.infer<typeof OperationObject> {
  readonly method: string;
  readonly path: string;
}

export function documentedOperations({ paths }: z.infer<typeof OpenApiDocument>): DocumentedOperation[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
  );
}

/** Every object in a JSON value, the value included. */
export function* objectsIn(value: unknown): Generator<Record<string, unknown>> {
  if (Array.isArray(value)) {
    for (const element of value) {
      yield* objectsIn(element);
    }
  } else if (typeof value === 'object' && value !== null) {
    const object: Record<string, unknown> = Object.fromEntries(Object.entries(value));
    yield object;
    yield* objectsIn(Object.values(object));
  }
}
