import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';

/** What Lambda and EventBridge Pipes do, in the name of a role, to read a DynamoDB stream. */
export function grantStreamRead(grantee: IGrantable, streamArn: string): Grant {
  return Grant.addToPrincipal({
    grantee,
    actions: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams'],
    resourceArns: [streamArn],
  });
}
