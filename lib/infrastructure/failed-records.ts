import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Grant } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { DlqDestinationConfig, IEventSourceDlq, IEventSourceMapping, IFunction } from 'aws-cdk-lib/aws-lambda';
import { BlockPublicAccess, Bucket, BucketEncryption, CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { FAILED_RECORDS_RETENTION } from './bounds.ts';

/** For ever, as those of the tables. */
export const FAILED_RECORDS_LOGICAL_ID = 'TidemarkFailedRecords';

/**
 * Where Lambda puts the records that it gave up, whole: a queue would only get where in the stream they had been, and by then they are
 * gone from there. What they tell of is still in the Events table, and the scan finds it.
 */
export class FailedRecords extends Construct implements IEventSourceDlq {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, encryptionKey: IKey | undefined) {
    super(scope, id);
    this.bucket = new Bucket(this, 'Bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      ...(encryptionKey === undefined
        ? { encryption: BucketEncryption.S3_MANAGED }
        : { encryption: BucketEncryption.KMS, encryptionKey, bucketKeyEnabled: true }),
      lifecycleRules: [{ expiration: FAILED_RECORDS_RETENTION }],
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const { defaultChild } = this.bucket.node;
    if (CfnBucket.isCfnBucket(defaultChild)) {
      defaultChild.overrideLogicalId(FAILED_RECORDS_LOGICAL_ID);
    }
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'Only Lambda writes to it, and hardly ever; a log of who reads it is the matter of a trail of the account.',
    });
  }

  /** Lambda asks for ListBucket besides PutObject; nobody of ours reads it. */
  bind(_target: IEventSourceMapping, handler: IFunction): DlqDestinationConfig {
    Grant.addToPrincipal({
      grantee: handler,
      actions: ['s3:PutObject'],
      resourceArns: [this.bucket.arnForObjects('*')],
    });
    Grant.addToPrincipal({ grantee: handler, actions: ['s3:ListBucket'], resourceArns: [this.bucket.bucketArn] });
    this.bucket.encryptionKey?.grantEncrypt(handler);
    Validations.of(handler.role ?? handler).acknowledge({
      id: `AwsSolutions-IAM5[Resource::<${FAILED_RECORDS_LOGICAL_ID}.Arn>/*]`,
      reason: 'Lambda chooses the keys of the objects: stream, shard and time.',
    });
    return { destination: this.bucket.bucketArn };
  }
}
