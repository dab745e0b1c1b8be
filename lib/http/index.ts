/** Requests of one's own beside the API: `import { defineOperation } from 'tidemark/http'`. */
export { createHttpApp, type HttpAppOptions } from './app.ts';
export { type HttpApiEvent, type HttpApiResult, lambdaHandler } from './lambda-handler.ts';
export {
  type Answer,
  type AnswerDefinition,
  defineOperation,
  type HttpContext,
  NO_BODY,
  type Operation,
} from './operation.ts';
export { BUSY, InvalidRequestProblem, Problem, ProblemError } from './problem.ts';
export { IdempotencyKey } from './schemas.ts';
