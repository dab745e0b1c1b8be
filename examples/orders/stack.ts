/** The example in AWS, beside a store of another stack: its commands, its projection and its process manager. */
import { join } from 'node:path';
import { Stack, type StackProps } from 'aws-cdk-lib';
import { HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import type { Construct } from 'constructs';
import { type EventStoreApi, type IEventStore, Monitoring, Projection, StoreFunction } from 'tidemark/infrastructure';

export interface OrdersStackProps extends StackProps {
  readonly store: IEventStore;
  /** Where the requests of orders are mounted. */
  readonly api: EventStoreApi;
}

export class OrdersStack extends Stack {
  constructor(scope: Construct, id: string, { store, api, ...props }: OrdersStackProps) {
    super(scope, id, props);
    this.#serveOrders(store, api);
    const orderSummary = new Projection(this, 'OrderSummary', {
      store,
      projectionName: 'order-summary',
      entry: entry('lambda-order-summary'),
    });
    const orderReviews = new Projection(this, 'OrderReviews', {
      store,
      projectionName: 'order-reviews',
      entry: entry('lambda-order-reviews'),
    });
    mayHandleCommands(store, orderReviews);
    new Monitoring(this, 'Monitoring', { projections: [orderSummary, orderReviews] });
  }

  #serveOrders(store: IEventStore, api: EventStoreApi): void {
    const orders = new StoreFunction(this, 'Orders', {
      store,
      name: 'orders',
      entry: entry('lambda-orders'),
      tables: ['events', 'state', 'readModels'],
    });
    mayHandleCommands(store, orders);
    store.grantReadModels(orders);
    const handler = orders.function;
    api.addRoutes(this, { path: '/orders', methods: [HttpMethod.POST], handler });
    api.addRoutes(this, { path: '/orders/{orderId}/ship', methods: [HttpMethod.POST], handler });
    api.addRoutes(this, { path: '/orders/{orderId}', methods: [HttpMethod.GET, HttpMethod.HEAD], handler });
  }
}

/** A command reads a stream, or a snapshot of it, and appends to it. */
function mayHandleCommands(store: IEventStore, handler: StoreFunction | Projection): void {
  store.grantRead(handler);
  store.grantSnapshots(handler);
  store.grantAppend(handler);
}

function entry(name: string): string {
  return join(import.meta.dirname, `${name}.ts`);
}
