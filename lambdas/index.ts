/** What Lambda functions of one's own are made of: `import { projectionHandler } from 'tidemark/lambda'`. */
export { apiHandler } from './api-handler.ts';
export { type ProjectionAnswer, projectionHandler } from './projection.ts';
