/**
 * AWS's list prices in one region, in dollars, without free tiers. They change seldom and are the same for all accounts; whoever has others
 * gives them instead.
 *
 * @see https://aws.amazon.com/dynamodb/pricing/on-demand/
 * @see https://aws.amazon.com/lambda/pricing/
 * @see https://aws.amazon.com/api-gateway/pricing/
 * @see https://aws.amazon.com/cloudwatch/pricing/
 * @see https://aws.amazon.com/xray/pricing/
 * @see https://aws.amazon.com/eventbridge/pricing/
 * @see https://aws.amazon.com/sns/pricing/
 * @see https://aws.amazon.com/sqs/pricing/
 */
export const PRICES = {
  /** A million write request units, on demand. */
  writeUnits: 0.625,
  /** A million read request units, on demand. */
  readUnits: 0.125,
  /** A million GetRecords of a stream; those that Lambda makes for a function are free. */
  streamReads: 0.2,
  /** A GB and month in a table of the Standard class. */
  storedGb: 0.25,
  /** A GB and month of point-in-time recovery. */
  recoveryGb: 0.2,
  /** A million calls of Lambda functions. */
  functionCalls: 0.2,
  /** A GB-second of a Lambda function on arm64. */
  functionGbSeconds: 0.000_013_333_4,
  /** A million requests to an HTTP API of API Gateway. */
  apiRequests: 1,
  /** A GB of logs taken in by CloudWatch. */
  logGb: 0.5,
  /** A million traces of X-Ray. */
  traces: 5,
  /** A month of one metric in an alarm. */
  alarmMetrics: 0.1,
  /** A month of a dashboard. */
  dashboards: 3,
  /** A month of a custom metric. */
  metrics: 0.3,
  /** A million events that EventBridge Pipes hands on. */
  pipeEvents: 0.4,
  /** A million messages published to SNS; from there to SQS they are free. */
  topicMessages: 0.5,
  /** A million requests to SQS. */
  queueRequests: 0.4,
} as const;

/** Where and when these were the list prices. */
export const PRICES_REGION = 'us-east-1';
export const PRICES_DATE = '2026-11-25';

export type PriceName = keyof typeof PRICES;
export type Prices = { readonly [name in PriceName]: number };

export function isPriceName(name: string): name is PriceName {
  return Object.hasOwn(PRICES, name);
}
