/**
 * AWS's list prices in one region, in dollars, without free tiers. They change seldom and are the same for all accounts; whoever has others
 * gives them instead.
 *
 * AWS's pages show most prices by script only, so behind each stands the public page that says the same, with its date: AWS's own where
 * that does. "Not confirmed": no such page was found.
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
  /** A million write request units, on demand. airbyte.com/data-engineering-resources/dynamodb-pricing, 2025-07 (halved by AWS in 2024-11). */
  writeUnits: 0.625,
  /** A million read request units, on demand. As above. */
  readUnits: 0.125,
  /**
   * A million GetRecords of a stream. Not confirmed; that those which Lambda makes for a function are free: "Evaluate your DynamoDB
   * streams usage", Amazon DynamoDB developer guide.
   */
  streamReads: 0.2,
  /** A GB and month in a table of the Standard class. aws.amazon.com/dynamodb/pricing: "prices start from $0.25". */
  storedGb: 0.25,
  /** A GB and month of point-in-time recovery. Not confirmed. */
  recoveryGb: 0.2,
  /** A million calls of Lambda functions. cloudchipr.com/blog/aws-lambda-pricing, 2024. */
  functionCalls: 0.2,
  /** A GB-second of a Lambda function on arm64, of the first 7.5 billion in a month. As above. */
  functionGbSeconds: 0.000_013_333_4,
  /** A million requests to an HTTP API of API Gateway, of the first 300 million in a month, each of up to 512 KB. apigatewaycost.com/aws. */
  apiRequests: 1,
  /** A GB of logs taken in by CloudWatch. factualminds.com/blog/amazon-cloudwatch-pricing-metrics-logs-alarms-dashboards, 2026-06. */
  logGb: 0.5,
  /** A million traces of X-Ray. aws.amazon.com/xray/pricing: "$5 per million". */
  traces: 5,
  /** A month of one metric in an alarm of standard resolution. Not confirmed but by the table of a workshop. */
  alarmMetrics: 0.1,
  /** A month of a dashboard. factualminds.com, as for logs. */
  dashboards: 3,
  /** A month of a custom metric, of the first 10,000. signoz.io/guides/cloudwatch-pricing, 2026-02. */
  metrics: 0.3,
  /** A million events that EventBridge Pipes hands on, each of up to 64 KB. cloudburn.io/blog/amazon-eventbridge-pricing, 2026-03. */
  pipeEvents: 0.4,
  /**
   * A million messages published to SNS. factualminds.com/blog/amazon-sns-pricing-publishes-fanout-protocols, 2026-06. That they are free from
   * there to SQS is not confirmed.
   */
  topicMessages: 0.5,
  /** A million requests to SQS, each of up to 64 KB. cloudburn.io/blog/amazon-sqs-pricing, 2026-03. */
  queueRequests: 0.4,
} as const;

/** Where these are the list prices, and when they were last looked up. */
export const PRICES_REGION = 'us-east-1';
export const PRICES_DATE = '2026-11-26';

export type PriceName = keyof typeof PRICES;
export type Prices = { readonly [name in PriceName]: number };

export function isPriceName(name: string): name is PriceName {
  return Object.hasOwn(PRICES, name);
}
