import { RecentMap } from '../tables/recent-map.ts';
import { REMEMBERED_MARKS_MAX } from './bounds.ts';

/** Up to which version streams are in the log, of those that were used last. Whatever is not known can be read. */
export class MarkMemory extends RecentMap<number> {
  constructor() {
    super(REMEMBERED_MARKS_MAX);
  }

  forget(): void {
    this.clear();
  }
}
