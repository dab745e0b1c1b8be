import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { afterAll } from 'vitest';
import * as z from 'zod';
import { parseTemplate, readJson, type Template } from './templates.ts';

const Settings = z.object({ context: z.record(z.string(), z.unknown()) });

const folders: string[] = [];

/** An app with the settings of `cdk.json`, which bundles no functions: what is in them is not what such a test is about. */
export function testApp(): App {
  const outdir = mkdtempSync(join(tmpdir(), 'tidemark-app-'));
  folders.push(outdir);
  const { context } = Settings.parse(readJson('cdk.json'));
  return new App({ outdir, context: { ...context, 'aws:cdk:bundling-stacks': [] } });
}

/** Removes what the apps of a test file have written. Called once at the top of each file that makes some. */
export function removeTestApps(): void {
  afterAll(() => {
    for (const folder of folders) {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

/** The template of a stack; the app is synthesized once. */
export function templateOf(stack: Stack): Template {
  const app = stack.node.root;
  if (!App.isApp(app)) {
    throw new Error('The stack is of no app');
  }
  return parseTemplate(app.synth().getStackByName(stack.stackName).template);
}

export function emptyStack(app = testApp(), id = 'Shop'): Stack {
  return new Stack(app, id);
}
