/** The example in AWS: its projections, beside a store of another stack. */
import { join } from 'node:path';
import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { type IEventStore, Monitoring, Projection } from 'tidemark/infrastructure';

export interface OrdersStackProps extends StackProps {
  readonly store: IEventStore;
}

export class OrdersStack extends Stack {
  constructor(scope: Construct, id: string, props: OrdersStackProps) {
    super(scope, id, props);
    const { store } = props;
    const projections = [
      new Projection(this, 'OrderSummary', {
        store,
        projectionName: 'order-summary',
        entry: join(import.meta.dirname, 'lambda-order-summary.ts'),
      }),
    ];
    new Monitoring(this, 'Monitoring', { projections });
  }
}
