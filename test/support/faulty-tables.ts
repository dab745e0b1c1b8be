export { losingAnswers, withCalls } from '../../lib/testing/faulty-tables.ts';
