import { createHash } from 'node:crypto';
import type { NewEvent } from '../events/event.ts';

/** Small events whose data tells them apart. */
export function numbered(count: number, label = 'event'): NewEvent[] {
  return Array.from({ length: count }, (_, index) => ({
    type: 'Counted',
    data: { label, index },
  }));
}

/** Text of so many characters that no compression makes smaller by much, the same for the same label. */
export function noise(characters: number, label: string): string {
  return createHash('shake256', { outputLength: characters }).update(label).digest('base64').slice(0, characters);
}
