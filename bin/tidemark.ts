#!/usr/bin/env node
import { main } from './tidemark/main.ts';

// Whoever reads our lines may be gone first (`| head`), and what they would have said is then for nobody.
process.stdout.on('error', () => process.exit(0));
process.stderr.on('error', () => {});

process.exit(await main(process.argv.slice(2)));
