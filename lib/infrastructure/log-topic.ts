import { Stack, Validations } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnPipe } from 'aws-cdk-lib/aws-pipes';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { addLogReader } from './log-readers.ts';
import { grantStreamRead } from './stream-source.ts';

/** What a message says: which entry is new. References to streams stay in the log. */
const MESSAGE = '{"position": "<$.dynamodb.Keys.SK.S>"}';

/** SNS takes ten messages in a request. */
const MESSAGES_MAX = 10;

export interface LogTopicProps {
  readonly logTableName: string;
  readonly logStreamArn: string;
}

/** A topic that tells of each new entry of the log, filled by EventBridge Pipes: a reader of the stream without code of its own. */
export class LogTopic extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, { logTableName, logStreamArn }: LogTopicProps) {
    super(scope, id);
    addLogReader(this, logTableName);
    this.topic = new Topic(this, 'Topic', { enforceSSL: true });
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('pipes.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    });
    const stream = grantStreamRead(role, logStreamArn);
    const publish = this.topic.grantPublish(role);
    const pipe = new CfnPipe(this, 'Pipe', {
      description: 'Tells projections of new entries of the log',
      roleArn: role.roleArn,
      source: logStreamArn,
      sourceParameters: {
        dynamoDbStreamParameters: {
          startingPosition: 'TRIM_HORIZON',
          batchSize: MESSAGES_MAX,
          maximumRetryAttempts: -1,
          maximumRecordAgeInSeconds: -1,
          onPartialBatchItemFailure: 'AUTOMATIC_BISECT',
        },
      },
      target: this.topic.topicArn,
      targetParameters: { inputTemplate: MESSAGE },
    });
    stream.applyBefore(pipe);
    publish.applyBefore(pipe);
    Validations.of(this.topic).acknowledge({
      id: 'AwsSolutions-SNS2',
      reason: 'A message has a position of the log, which is a number and says nothing of the events.',
    });
  }
}
