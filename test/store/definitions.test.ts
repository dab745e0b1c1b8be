import { memoryTables } from '../../lib/index.ts';
import { definitionsContract } from '../contracts/store/definitions-contract.ts';

definitionsContract('memory', () => memoryTables());
