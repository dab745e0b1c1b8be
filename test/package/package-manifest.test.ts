import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { packageManifest } from '../../packaging/package-manifest.ts';

const REPOSITORYS = {
  name: 'tidemark',
  private: true,
  exports: { '.': './lib/index.ts', './lambda': './lambdas/index.ts' },
  bin: { tidemark: 'bin/tidemark.ts' },
  scripts: { test: 'vitest' },
  dependencies: { zod: '4.6.7' },
  devDependencies: { vitest: '5.1.1' },
};

test('the package has the built files as its entries, takes newer dependencies, and can be published', () => {
  expect(packageManifest(REPOSITORYS)).toEqual({
    name: 'tidemark',
    exports: { '.': './dist/lib/index.js', './lambda': './dist/lambdas/index.js' },
    bin: { tidemark: 'dist/bin/tidemark.js' },
    dependencies: { zod: '^4.6.7' },
  });
});

test('it is made of the manifest of this repository', () => {
  expect(packageManifest(JSON.parse(readFileSync('package.json', 'utf8')))).toMatchObject({ name: 'tidemark' });
});

test('it is not made of itself: an interrupted `npm pack` is noticed', () => {
  expect(() => packageManifest(packageManifest(REPOSITORYS))).toThrow('node packaging/postpack.ts');
});
