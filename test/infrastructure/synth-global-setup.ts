import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where two runs of `cdk synth` have put what they made. */
    cloudAssemblies: readonly [string, string];
  }
}

const run = promisify(execFile);

/** Synthesizes the app as a user does, once for all test files; and once more, for what must not differ from run to run. */
export default async function setup(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-synth-'));
  const outputs = [join(folder, '1'), join(folder, '2')] as const;
  await Promise.all(outputs.map(synthesize));
  project.provide('cloudAssemblies', outputs);
  return () => rmSync(folder, { recursive: true });
}

async function synthesize(output: string): Promise<void> {
  const { stderr } = await run(resolve('node_modules/.bin/cdk'), ['synth', '--quiet', '--output', output], {
    env: withoutAccount(),
  });
  // CDK says here what it has to find fault with.
  if (/\b(WARNING|ERROR)\b/.test(stderr)) {
    throw new Error(stderr);
  }
}

/** No account, no region, and no way out to the network. */
function withoutAccount(): NodeJS.ProcessEnv {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(AWS|CDK)_/.test(name)));
  const nowhere = 'http://127.0.0.1:9';
  return { ...env, HTTP_PROXY: nowhere, HTTPS_PROXY: nowhere, AWS_EC2_METADATA_DISABLED: 'true' };
}
