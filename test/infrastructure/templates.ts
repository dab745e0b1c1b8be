/** The templates that `cdk synth` makes, as far as the tests look into them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import * as z from 'zod';

const Resource = z.looseObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  DeletionPolicy: z.string().optional(),
  UpdateReplacePolicy: z.string().optional(),
});

const Template = z.looseObject({
  Resources: z.record(z.string(), Resource),
  Outputs: z
    .record(z.string(), z.looseObject({ Value: z.unknown(), Export: z.object({ Name: z.string() }).optional() }))
    .default({}),
});

export type Resource = z.output<typeof Resource>;
export type Template = z.output<typeof Template>;

export const STACKS = ['Tidemark', 'TidemarkOrders'] as const;

export function parseTemplate(template: unknown): Template {
  return Template.parse(template);
}

export function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** The template of a stack of the app, as the first run made it. */
export function template(stack: (typeof STACKS)[number]): Template {
  return parseTemplate(readJson(join(inject('cloudAssemblies')[0], `${stack}.template.json`)));
}

export function resourcesOf(template: Template, type: string): Record<string, Resource> {
  return Object.fromEntries(Object.entries(template.Resources).filter(([, { Type }]) => Type === type));
}

/** What stands at a path of members in a value, or undefined. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (inner, name) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, name) : undefined),
    value,
  );
}

/** The functions by the name that their logs and metrics have. */
export function functionsOf(template: Template): Record<string, Resource & { readonly logicalId: string }> {
  return Object.fromEntries(
    Object.entries(resourcesOf(template, 'AWS::Lambda::Function')).map(([logicalId, one]) => [
      String(at(one.Properties, 'Environment', 'Variables', 'POWERTOOLS_SERVICE_NAME')),
      { ...one, logicalId },
    ]),
  );
}
