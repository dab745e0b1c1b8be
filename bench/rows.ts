/** Rows of the tables that `npm run bench` prints. */
import type { ColdStart } from './cold-start.ts';
import type { Growth } from './log.ts';
import type { PairResult } from './pairs.ts';
import type { Point } from './series.ts';

export function pairRow({
  name,
  ratio,
  ratioLow,
  ratioHigh,
  target,
  rawPerSecond,
  tidemarkPerSecond,
  unit,
}: PairResult) {
  return {
    what: name,
    'ratio (median)': ratio.toFixed(2),
    'middle half': `${ratioLow.toFixed(2)} – ${ratioHigh.toFixed(2)}`,
    target: `at least ${target}`,
    raw: `${Math.round(rawPerSecond)} ${unit}`,
    Tidemark: `${Math.round(tidemarkPerSecond)} ${unit}`,
  };
}

export function pointRow(name: string, xLabel: string, point: Point) {
  return {
    [xLabel]: point.x,
    what: name,
    'ratio (median)': point.ratio.toFixed(2),
    'middle half': `${point.ratioLow.toFixed(2)} – ${point.ratioHigh.toFixed(2)}`,
    'raw, a second': Math.round(point.rawPerSecond),
    'Tidemark, a second': Math.round(point.tidemarkPerSecond),
  };
}

export function coldStartRow({ name, bundleKb, ratio, ratioLow, ratioHigh }: ColdStart) {
  return {
    function: name,
    'bundle, KB': Math.round(bundleKb),
    'ratio (fastest starts)': ratio.toFixed(2),
    'middle half': `${ratioLow.toFixed(2)} – ${ratioHigh.toFixed(2)}`,
  };
}

export function growthRow({ events, sequencingUs, readingUs, rebuildingUs }: Growth) {
  return {
    events,
    'sequencing, µs per event': sequencingUs.toFixed(1),
    'reading, µs per event': readingUs.toFixed(1),
    'rebuilding, µs per event': rebuildingUs.toFixed(1),
  };
}
