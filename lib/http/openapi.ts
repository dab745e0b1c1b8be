/** The OpenAPI document, generated from the definitions that check the requests. */
import * as z from 'zod';
import { type AnswerDefinition, BARE_REQUEST, defineOperation, NO_BODY, type Operation } from './operation.ts';

const PROBLEM_STATUS_MIN = 400;

/** @param operations all of the API, wherever they run */
export function openApiOperation(operations: () => readonly Operation[]): Operation {
  return defineOperation({
    method: 'GET',
    path: '/openapi.json',
    id: 'openApi',
    summary: 'This document',
    request: BARE_REQUEST,
    answers: {
      200: { description: 'The OpenAPI document', schema: z.looseObject({}) },
    },
    handle: async () => ({ status: 200, body: openApiDocument(operations()) }),
  });
}

function openApiDocument(operations: readonly Operation[]): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of operations) {
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method.toLowerCase()]: operationObject(operation),
    };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tidemark',
      version: '1',
      description:
        'Append events to streams, read them, follow the log of all of them, and read what projections make of it. ' +
        'Errors are application/problem+json (RFC 9457).',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    paths,
  };
}

function operationObject({ id, summary, request, answers }: Operation): Record<string, unknown> {
  const { path, query, headers, body } = request.shape;
  const parameters = [
    ...parametersOf('path', path),
    ...parametersOf('query', query),
    ...parametersOf('header', headers),
  ];
  return {
    operationId: id,
    summary,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === NO_BODY
      ? {}
      : {
          requestBody: { required: true, content: content('application/json', body) },
        }),
    responses: Object.fromEntries(
      Object.entries(answers).map(([status, answer]) => [status, responseObject(Number(status), answer)]),
    ),
  };
}

function responseObject(status: number, { description, schema, headers }: AnswerDefinition): Record<string, unknown> {
  const mediaType = status >= PROBLEM_STATUS_MIN ? 'application/problem+json' : 'application/json';
  return {
    description,
    ...(headers === undefined ? {} : { headers: headerObjects(headers) }),
    ...(schema === undefined ? {} : { content: content(mediaType, schema) }),
  };
}

function headerObjects(headers: Readonly<Record<string, string>>): Record<string, unknown> {
  const entries = Object.entries(headers);
  return Object.fromEntries(entries.map(([name, description]) => [name, { description, schema: { type: 'string' } }]));
}

function parametersOf(where: 'path' | 'query' | 'header', schema: z.ZodObject): Record<string, unknown>[] {
  return Object.entries(schema.shape).map(([name, parameter]) => {
    const { description, ...jsonSchema } = jsonSchemaOf(z.object({ value: parameter }));
    return {
      name,
      in: where,
      required: where === 'path',
      ...(description === undefined ? {} : { description }),
      schema: jsonSchema,
    };
  });
}

function content(mediaType: string, schema: z.ZodType): Record<string, unknown> {
  return { [mediaType]: { schema: jsonSchemaOf(z.object({ value: schema })) } };
}

/** The JSON schema of the one member of an object. */
function jsonSchemaOf(schema: z.ZodObject): Record<string, unknown> {
  const { properties } = z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any', reused: 'inline' });
  const value = properties?.['value'];
  return typeof value === 'object' ? { ...value } : {};
}
