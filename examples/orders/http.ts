/** What the example serves beside the API of the store, defined as that is: requests are checked, and errors answered, in the same way. */
import { CommandRejected, type CommandResult, type EventTypes } from 'tidemark';
import {
  type Answer,
  BUSY,
  defineOperation,
  IdempotencyKey,
  InvalidRequestProblem,
  NO_BODY,
  type Operation,
  Problem,
  ProblemError,
} from 'tidemark/http';
import * as z from 'zod';
import { OrderItems } from './events.ts';
import { type OrderHandler, orderStream } from './order.ts';
import { orderSummary } from './order-summary.ts';

/** A part of the id of a stream, and of the path of a request. */
const OrderId = z
  .string()
  .regex(/^[^/?\p{Cc}\p{Cs}]{1,200}$/u, 'must have 1 to 200 characters, without control characters, "/" and "?"');

const CommandHeaders = z.object({ 'Idempotency-Key': IdempotencyKey.optional() });

const Done = z.strictObject({ orderId: z.string(), version: z.int().min(1) });

/** An order that is there may have been appended under any id that a stream takes. */
const ORDER_PATH = z.strictObject({
  orderId: z
    .string()
    .regex(/^[^?\p{Cc}\p{Cs}]{1,250}$/u, 'must have 1 to 250 characters, without control characters and "?"'),
});

const ERRORS = {
  400: { description: 'The request does not fit', schema: InvalidRequestProblem },
  409: { description: 'The rules of orders do not allow it; `reason` says which', schema: Problem },
  422: { description: 'The key was used on this order for another command', schema: Problem },
  500: { description: 'The server failed', schema: Problem },
  503: BUSY,
};

/** The requests of orders. */
export function orderOperations(orders: OrderHandler): readonly Operation[] {
  return [placeOrderOperation(orders), shipOrderOperation(orders), readOrderOperation];
}

function placeOrderOperation(orders: OrderHandler): Operation {
  return defineOperation({
    method: 'POST',
    path: '/orders',
    id: 'placeOrder',
    summary: 'Place an order, once',
    request: z.object({
      path: z.strictObject({}),
      query: z.strictObject({}),
      headers: CommandHeaders,
      body: z.strictObject({ orderId: OrderId, customerId: z.string().min(1), items: OrderItems }),
    }),
    answers: {
      200: { description: 'A repeat: what the first request answered', schema: Done },
      201: { description: 'Placed', schema: Done },
      415: { description: 'The body is not JSON', schema: Problem },
      ...ERRORS,
    },
    handle: async (_, { headers, body }) => {
      const command = { type: 'PlaceOrder', data: body } as const;
      const result = await orders.handle(orderStream(body.orderId), command, keyOf(headers));
      return done(result.duplicate ? 200 : 201, body.orderId, result);
    },
  });
}

function shipOrderOperation(orders: OrderHandler): Operation {
  return defineOperation({
    method: 'POST',
    path: '/orders/{orderId}/ship',
    id: 'shipOrder',
    summary: 'Ship an order that was placed',
    request: z.object({ path: ORDER_PATH, query: z.strictObject({}), headers: CommandHeaders, body: NO_BODY }),
    answers: {
      200: { description: 'Shipped', schema: Done },
      404: { description: 'There is no such order', schema: Problem },
      ...ERRORS,
    },
    handle: async (_, { path: { orderId }, headers }) => {
      const command = { type: 'ShipOrder', data: { orderId } } as const;
      const result = await orders.handle(orderStream(orderId), command, keyOf(headers)).catch(noOrderAs404);
      return done(200, orderId, result);
    },
  });
}

const readOrderOperation = defineOperation({
  method: 'GET',
  path: '/orders/{orderId}',
  id: 'readOrder',
  summary: 'Read an order, as the projection order-summary has it: a moment after it has changed',
  request: z.object({ path: ORDER_PATH, query: z.strictObject({}), headers: z.object({}), body: NO_BODY }),
  answers: {
    200: { description: 'The order' },
    400: ERRORS[400],
    404: { description: 'There is no such order, or not yet', schema: Problem },
    500: ERRORS[500],
    503: BUSY,
  },
  handle: async ({ readModels }, { path: { orderId } }) => {
    const found = await readModels.document(orderSummary.name, orderId);
    if (found === undefined) {
      throw noOrder(`There is no order "${orderId}", or not yet`);
    }
    return { status: 200, body: found.document };
  },
});

function keyOf({ 'Idempotency-Key': key }: z.infer<typeof CommandHeaders>) {
  return key === undefined ? {} : { idempotencyKey: key };
}

function done<Events extends EventTypes>(status: number, orderId: string, { version }: CommandResult<Events>): Answer {
  return { status, body: { orderId, version } };
}

function noOrderAs404(error: unknown): never {
  throw error instanceof CommandRejected && error.reason === 'no-order' ? noOrder(error.message) : error;
}

function noOrder(detail: string): ProblemError {
  return new ProblemError(404, 'no-order', 'There is no such order', detail);
}
