import { memoryTables } from '../../lib/index.ts';
import { sequencerContract } from '../contracts/log/sequencer-contract.ts';

sequencerContract('memory tables', () => memoryTables());
