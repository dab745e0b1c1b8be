/** The policies that a deployment would make of the templates, with names in the place of references. */
import type { Table } from '../../lib/tables/definitions.ts';
import { at, functionsOf, type Resource, type Template } from './templates.ts';

export const ACCOUNT = '123456789012';
const REGION = 'eu-central-1';

const PSEUDO_PARAMETERS: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': REGION,
  'AWS::AccountId': ACCOUNT,
  'AWS::URLSuffix': 'amazonaws.com',
};

export interface Policy {
  readonly Version: string;
  readonly Statement: readonly unknown[];
}

export interface DeployedPolicies {
  /** The policies of the role of each function, by what its logs and metrics call it. */
  readonly roles: Readonly<Record<string, readonly Policy[]>>;
  readonly tables: { readonly [table in Table]: { readonly arn: string; readonly policy: Policy | undefined } };
}

const TABLE_IDS: { readonly [table in Table]: string } = {
  events: 'TidemarkEvents',
  log: 'TidemarkLog',
  state: 'TidemarkState',
  readModels: 'TidemarkReadModels',
};

export function deployedPolicies(templates: readonly Template[]): DeployedPolicies {
  const [store] = templates;
  if (store === undefined) {
    throw new Error('There is no template');
  }
  const table = (name: Table) => {
    const resource = store.Resources[TABLE_IDS[name]];
    return {
      arn: arnOf(TABLE_IDS[name], resource),
      policy: policyOf(at(resource?.Properties, 'ResourcePolicy', 'PolicyDocument')),
    };
  };
  const roles = templates.flatMap((template) =>
    Object.entries(functionsOf(template)).map(([service, { Properties }]) => {
      const role = at(Properties, 'Role', 'Fn::GetAtt', 0);
      return [service, policiesOfRole(template, String(role), templates)] as const;
    }),
  );
  return {
    roles: Object.fromEntries(roles),
    tables: { events: table('events'), log: table('log'), state: table('state'), readModels: table('readModels') },
  };
}

function policiesOfRole(template: Template, role: string, templates: readonly Template[]): Policy[] {
  const { Properties = {} } = template.Resources[role] ?? {};
  if (Properties['ManagedPolicyArns'] !== undefined || Properties['Policies'] !== undefined) {
    throw new Error(`The role ${role} has policies that this test does not look at`);
  }
  return Object.values(template.Resources)
    .filter(({ Type, Properties: { Roles } }) => Type === 'AWS::IAM::Policy' && at(Roles, 0, 'Ref') === role)
    .flatMap(({ Properties: { PolicyDocument } }) => policyOf(resolve(PolicyDocument, template, templates)) ?? []);
}

function policyOf(document: unknown): Policy | undefined {
  const [version, statements] = [at(document, 'Version'), at(document, 'Statement')];
  return typeof version === 'string' && Array.isArray(statements)
    ? { Version: version, Statement: statements }
    : undefined;
}

function resolve(value: unknown, template: Template, templates: readonly Template[]): unknown {
  if (Array.isArray(value)) {
    return value.map((one) => resolve(one, template, templates));
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const [entry, ...others] = Object.entries(value);
  if (entry !== undefined && others.length === 0) {
    const [name, argument] = entry;
    const resolved = resolveFunction(name, argument, template, templates);
    if (resolved !== undefined) {
      return resolved;
    }
  }
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, resolve(one, template, templates)]));
}

function resolveFunction(
  name: string,
  argument: unknown,
  template: Template,
  templates: readonly Template[],
): string | undefined {
  switch (name) {
    case 'Ref':
      return PSEUDO_PARAMETERS[String(argument)] ?? String(argument);
    case 'Fn::GetAtt': {
      const logicalId = String(at(argument, 0));
      const attribute = at(argument, 1);
      const arn = arnOf(logicalId, template.Resources[logicalId]);
      return attribute === 'StreamArn' ? `${arn}/stream/2026-11-25T00:00:00.000` : arn;
    }
    case 'Fn::Join': {
      const parts: unknown = resolve(at(argument, 1), template, templates);
      return Array.isArray(parts) ? parts.join(String(at(argument, 0))) : undefined;
    }
    case 'Fn::ImportValue':
      return exported(String(argument), templates);
    default:
      return undefined;
  }
}

function exported(name: string, templates: readonly Template[]): string {
  for (const template of templates) {
    const output = Object.values(template.Outputs).find(({ Export }) => Export?.Name === name);
    if (output !== undefined) {
      return String(resolve(output.Value, template, templates));
    }
  }
  throw new Error(`No stack exports ${name}`);
}

function arnOf(logicalId: string, resource: Resource | undefined): string {
  switch (resource?.Type) {
    case 'AWS::DynamoDB::Table':
      return `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${String(resource.Properties['TableName'])}`;
    case 'AWS::S3::Bucket':
      return `arn:aws:s3:::${logicalId.toLowerCase()}`;
    default:
      return `arn:aws:other:${REGION}:${ACCOUNT}:${logicalId}`;
  }
}
