import { type Duration, Validations } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { CALL_AGE_MAX } from './bounds.ts';

const NEXT_TIME = 'What fails is done at the next time; that it fails is an alarm.';

/** Calls a function on a schedule. What fails is not tried again: the next time does the same work. */
export function callEvery(scope: Construct, id: string, called: IFunction, every: Duration): void {
  called.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: CALL_AGE_MAX });
  const rule = new Rule(scope, id, {
    schedule: Schedule.rate(every),
    targets: [new LambdaFunction(called, { retryAttempts: 0 })],
  });
  Validations.of(rule).acknowledge({ id: 'Serverless-EventBusDLQ', reason: NEXT_TIME });
  Validations.of(called).acknowledge({ id: 'Serverless-LambdaAsyncFailureDestination', reason: NEXT_TIME });
}
