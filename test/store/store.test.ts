import { memoryTables } from '../../lib/index.ts';
import { storeContract } from '../contracts/store/store-contract.ts';

storeContract('memory tables', () => memoryTables());
