import type { Item, ItemMap } from '../../lib/events/item.ts';

/** What may become of a snapshot; `other` is that of the other stream, `older` one that was there before. */
export const befallen: Readonly<Record<string, (item: Item, older: Item, other: Item) => ItemMap>> = {
  'a format of the future': () => ({ format: 2 }),
  'a state that is no JSON': () => ({ state: '{"cents":1' }),
  'a state that cannot be decompressed': () => ({ state: new Uint8Array([7, 7, 7]) }),
  'no state': () => ({ state: null }),
  'a hash of another history': () => ({ hash: new Uint8Array(32) }),
  'a version ahead': ({ version }) => ({ version: Number(version) + 1 }),
  'a commit ahead': ({ version }) => ({ version: Number(version) + 1, lastCommit: Number(version) + 1 }),
  'a last commit that is none': ({ lastCommit }) => ({ lastCommit: Math.max(1, Number(lastCommit) - 1) }),
  'another shape': () => ({ shape: new Uint8Array(32) }),
  'newer code': () => ({ shape: new Uint8Array(32), stateVersion: 3 }),
  'an older one': (_, older) => older,
  'that of another stream': (_, __, { PK: ___, SK: ____, ...other }) => other,
};
