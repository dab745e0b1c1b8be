export { soundStream } from '../../lib/testing/stored-stream.ts';
