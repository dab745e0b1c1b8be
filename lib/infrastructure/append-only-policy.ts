import { AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';

/**
 * Every action by which DynamoDB changes or removes items that are there, except a put, which appending needs. TransactWriteItems is no
 * action of its own: its updates and deletes are UpdateItem and DeleteItem. BatchWriteItem is one, and it puts without a condition.
 * With a time to live, DynamoDB would delete items by itself.
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
 */
export const DENIED_ACTIONS = [
  'dynamodb:UpdateItem',
  'dynamodb:DeleteItem',
  'dynamodb:BatchWriteItem',
  'dynamodb:PartiQLInsert',
  'dynamodb:PartiQLUpdate',
  'dynamodb:PartiQLDelete',
  'dynamodb:UpdateTimeToLive',
  'dynamodb:DeleteTable',
] as const;

/**
 * The policy of a table whose items are only ever added: nobody in the account may change or delete one, whatever his own policies say.
 *
 * What it cannot stop: a put without a condition by somebody who may put (IAM has no condition on `ConditionExpression`), and somebody
 * who may change the policy itself. Against those there are the hashes, and `verify`.
 */
export function appendOnlyPolicy(): PolicyDocument {
  return new PolicyDocument({
    statements: [
      new PolicyStatement({
        sid: 'AppendOnly',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: [...DENIED_ACTIONS],
        // The table itself: its name here would make it depend on itself.
        resources: ['*'],
      }),
    ],
  });
}
