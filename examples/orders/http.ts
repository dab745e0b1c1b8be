/** What the example serves beside the API of the store: `GET /orders/{orderId}`. */
import { Hono } from 'hono';
import type { ReadModels } from 'tidemark';
import { orderSummary } from './order-summary.ts';

/** As the API has it: the id takes slashes, because API Gateway decodes them. */
const ORDER = '/orders/:orderId{.+}';

/**
 * Routes to mount on the app of the API, which answers what is thrown here as it does its own errors. The document is that of the
 * projection `order-summary`, so it may be a moment behind.
 */
export function orderRoutes(readModels: ReadModels): Hono {
  const app = new Hono();
  app.get(ORDER, async ({ req }) => {
    const orderId = req.param('orderId');
    const found = await readModels.document(orderSummary.name, orderId);
    return found === undefined
      ? problem(404, 'no-order', 'There is no such order', `There is no order "${orderId}", or not yet`)
      : Response.json(found.document);
  });
  app.all(ORDER, ({ req }) => {
    const allow = 'GET, HEAD';
    const detail = `${req.method} is not served here; an order takes ${allow}`;
    return problem(405, 'method-not-allowed', 'The method is not allowed', detail, { Allow: allow });
  });
  return app;
}

/** An error as the API answers it (RFC 9457). */
function problem(
  status: number,
  code: string,
  title: string,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(JSON.stringify({ type: `urn:tidemark:${code}`, title, status, detail }), {
    status,
    headers: { 'Content-Type': 'application/problem+json', ...headers },
  });
}
