/**
 * Bounds so low that short runs reach them: entries that a plan is cut into, pages, batches of several requests, forgotten
 * marks. They stand in for those of the files that are named here.
 */
export const SMALL_BOUNDS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'lib/log/bounds.ts': {
    ENTRY_COMMITS_MAX: 2,
    REMEMBERED_MARKS_MAX: 2,
    PLANNED_COMMITS_MAX: 4,
    PENDING_COMMITS_MAX: 2,
    REQUESTS_AT_ONCE: 2,
    LOG_PAGE_EVENTS_DEFAULT: 3,
    LOG_PAGE_BYTES_MAX: 200,
    LOG_PAGE_QUERIES_MAX: 2,
    COMMITS_AT_ONCE: 2,
  },
  'lib/projections/bounds.ts': {
    PAGE_EVENTS_MAX: 3,
    BATCH_ITEMS_MAX: 2,
    REMEMBERED_BYTES_MAX: 300,
    EVENT_ATTEMPTS_MAX: 2,
    SWITCH_REFUSALS_MAX: 1,
  },
  'lib/tables/bounds.ts': {
    PAGE_BYTES_MAX: 700,
    BATCH_GET_ITEMS_MAX: 2,
  },
};

/** The source of a file with the small bounds in it. */
export function withSmallBounds(file: string, source: string): string {
  return Object.entries(SMALL_BOUNDS[file] ?? {}).reduce((changed, [name, value]) => {
    const definition = new RegExp(`^export const ${name} = .*;$`, 'm');
    if (!definition.test(changed)) {
      throw new Error(`${file} defines no ${name}`);
    }
    return changed.replace(definition, `export const ${name} = ${value};`);
  }, source);
}
