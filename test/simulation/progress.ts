/** How far a long run has got. */

export interface Progress {
  readonly done: number;
  readonly seeds: number;
  readonly from: number;
  readonly elapsedMs: number;
}

export function progressText({ done, seeds, from, elapsedMs }: Progress): string {
  const perSecond = (done * 1_000) / Math.max(1, elapsedMs);
  const left = done === 0 || done >= seeds ? '' : `, about ${durationText((seeds - done) / perSecond)} left`;
  return `${done} of ${seeds} seeds from ${from}, ${perSecond.toFixed(perSecond < 10 ? 1 : 0)} seeds/s${left}`;
}

/** Which command goes on where a run was interrupted. */
export function goOnText(
  command: string,
  { seedsDone, seeds, from }: { readonly seedsDone: number; readonly seeds: number; readonly from: number },
): string {
  return `The first seed that was not run is ${from + seedsDone}; to go on: ${command} --from ${from + seedsDone} --seeds ${seeds - seedsDone}`;
}

function durationText(seconds: number): string {
  if (seconds < 90) {
    return `${Math.ceil(seconds)} s`;
  }
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
}
