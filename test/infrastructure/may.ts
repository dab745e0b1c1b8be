import { runSimulation } from '@cloud-copilot/iam-simulate';
import type { Table } from '../../lib/tables/definitions.ts';
import { ACCOUNT, type DeployedPolicies, type Policy } from './deployed-policies.ts';

/** What somebody asks of a table. */
export interface TableAction {
  readonly action: string;
  readonly table: Table;
  /** The partition keys of the items that are meant; none for a request about no items in particular, such as a scan. */
  readonly partitions?: readonly string[];
}

/** Whether IAM would let somebody with these policies, by simulation of its rules. */
export async function may(
  identityPolicies: readonly Policy[],
  { tables }: DeployedPolicies,
  { action, table, partitions }: TableAction,
): Promise<boolean> {
  const { arn, policy } = tables[table];
  const result = await runSimulation(
    {
      request: {
        principal: `arn:aws:iam::${ACCOUNT}:role/somebody`,
        action,
        resource: { resource: arn, accountId: ACCOUNT },
        contextVariables: partitions === undefined ? {} : { 'dynamodb:LeadingKeys': [...partitions] },
      },
      identityPolicies: identityPolicies.map((one, index) => ({ name: `policy ${index}`, policy: one })),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...(policy === undefined ? {} : { resourcePolicy: policy }),
    },
    {},
  );
  if (result.resultType === 'error') {
    throw new Error(JSON.stringify(result.errors));
  }
  return result.overallResult === 'Allowed';
}
