export { allCommits, expectAllSequenced, namesOf, soundLog } from '../../lib/testing/stored-log.ts';
