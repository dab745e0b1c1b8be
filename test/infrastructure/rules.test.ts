/** What others ask of a template: cdk-nag's rules, and those of CloudFormation that CDK has with it. */
import { resolve } from 'node:path';
import { type App, Validations } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { expect, test } from 'vitest';
import { OrdersStack } from '../../examples/orders/stack.ts';
import { Projection, TidemarkStack } from '../../lib/infrastructure/index.ts';
import { readJson } from './templates.ts';
import { emptyStack, removeTestApps, testApp } from './test-app.ts';

removeTestApps();

function checkedApp(): App {
  const app = testApp();
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
  return app;
}

/** The app of this repository, and one with everything that one can choose. */
function addStacks(app: App): void {
  const { store, api } = new TidemarkStack(app, 'Tidemark');
  new OrdersStack(app, 'TidemarkOrders', { store, api });
  const keys = emptyStack(app, 'Keys');
  const chosen = new TidemarkStack(app, 'Chosen', {
    encryptionKey: new Key(keys, 'Key', { enableKeyRotation: true }),
    jwt: { issuer: 'https://example.com', audience: ['tidemark'] },
  });
  new Projection(emptyStack(app, 'Queues'), 'Queue', {
    store: chosen.store,
    projectionName: 'queue',
    trigger: 'queue',
    entry: resolve('examples/orders/lambda-order-summary.ts'),
  });
}

test('the rules find nothing that is not answered with a reason', () => {
  const app = checkedApp();
  addStacks(app);
  app.synth();
});

test('they would: a bucket that is open', () => {
  const app = checkedApp();
  new CfnBucket(emptyStack(app), 'Open');
  expect(() => app.synth()).toThrow('AwsSolutions-S10');
});

test('the rules of CloudFormation would: a property that there is not', () => {
  const app = testApp();
  new CfnBucket(emptyStack(app), 'Wrong').addPropertyOverride('NoSuchProperty', 1);
  expect(() => app.synth()).toThrow('NoSuchProperty');
});

test('those of CloudFormation are errors in the app of this repository', () => {
  expect(readJson('cdk.json')).toMatchObject({ context: { '@aws-cdk/core:validateAgainstDefaultRules': true } });
});
