/** `npm run load-model`: what one log can carry, by the library's own code on tables with DynamoDB's limits. The same in every run. */
import { parseArgs } from 'node:util';
import { ceilings } from './ceilings.ts';
import { LIMITS } from './limits.ts';
import { ceilingRow, HEADERS, markdown, scenarioRow } from './report.ts';
import { runLoad } from './run.ts';
import { SCENARIOS } from './scenarios.ts';

const { values } = parseArgs({ options: { only: { type: 'string' } } });
const wanted = SCENARIOS.filter(({ name }) => name.includes(values.only ?? ''));

console.log(markdown(HEADERS.ceilings, ceilings(LIMITS).map(ceilingRow)));
console.log();
const rows: string[][] = [];
for (const scenario of wanted) {
  console.error(`${scenario.load.commitsPerSecond} commits a second, ${scenario.name} …`);
  rows.push(scenarioRow(scenario, await runLoad(scenario.load, scenario.limits)));
}
console.log(markdown(HEADERS.scenarios, rows));
// Its sequencers and projections wait for ever.
process.exit(0);
