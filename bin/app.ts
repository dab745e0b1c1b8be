/**
 * The CDK app: `npx cdk deploy`.
 *
 * `-c stack=Name` deploys a second store, whose tables begin with its name in lower case.
 */
import { App } from 'aws-cdk-lib';
import { OrdersStack } from '../examples/orders/stack.ts';
import { TidemarkStack } from '../lib/infrastructure/index.ts';

const app = new App();
const name = String(app.node.tryGetContext('stack') ?? 'Tidemark');
const { store, api } = new TidemarkStack(app, name);
new OrdersStack(app, `${name}Orders`, { store, api });
