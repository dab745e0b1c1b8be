/** Line charts as SVG: a logarithmic axis to the right, a line for each series, and around it the middle half of what was measured. */
const WIDTH = 720;
const HEIGHT = 360;
const LEFT = 64;
const RIGHT = 24;
const TOP = 56;
const BOTTOM = 56;
/** Told apart also by those who see no red and green (Okabe and Ito). */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7'];

export interface ChartPoint {
  readonly x: number;
  readonly y: number;
  readonly low: number;
  readonly high: number;
}

export interface Chart {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** A line across, such as the ratio 1. */
  readonly mark?: number;
  readonly series: readonly { readonly name: string; readonly points: readonly ChartPoint[] }[];
}

/** @throws {RangeError} there is no point, or one that a logarithm does not have */
export function svgOf({ title, xLabel, yLabel, mark, series }: Chart): string {
  const points = series.flatMap((one) => one.points);
  if (points.length === 0 || points.some(({ x, y }) => !(x > 0) || !Number.isFinite(y))) {
    throw new RangeError(`The chart "${title}" needs points, with x above 0`);
  }
  const decades = points.map(({ x }) => Math.log10(x));
  const [first, last] = [Math.min(...decades), Math.max(...decades)];
  const yMax = niceMax(Math.max(mark ?? 0, ...points.map(({ high }) => high)));
  const xOf = (x: number) => LEFT + ((Math.log10(x) - first) / (last - first || 1)) * (WIDTH - LEFT - RIGHT);
  const yOf = (y: number) => HEIGHT - BOTTOM - (y / yMax) * (HEIGHT - TOP - BOTTOM);
  const ticks = [...new Set(points.map(({ x }) => x))].toSorted((one, other) => one - other);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    text(LEFT, 20, title, 'font-weight="bold" font-size="14"'),
    ...Array.from({ length: 5 }, (_, index) => (index * yMax) / 4).map((y) => yLine(y, yOf(y))),
    ...ticks.map((x) => text(xOf(x), HEIGHT - BOTTOM + 18, short(x), 'text-anchor="middle" fill="#444"')),
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14, xLabel, 'text-anchor="middle"'),
    `<text transform="translate(16 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">${escaped(yLabel)}</text>`,
    ...(mark === undefined
      ? []
      : [`<path d="M${LEFT} ${fixed(yOf(mark))}H${WIDTH - RIGHT}" stroke="#000" stroke-dasharray="4 4"/>`]),
    ...series.flatMap((one, index) => line(one, COLOURS[index % COLOURS.length] ?? '#000', index, xOf, yOf)),
    '</svg>',
    '',
  ].join('\n');
}

function line(
  { name, points }: Chart['series'][number],
  colour: string,
  index: number,
  xOf: (x: number) => number,
  yOf: (y: number) => number,
): string[] {
  const place = (x: number, y: number) => `${fixed(xOf(x))} ${fixed(yOf(y))}`;
  const above = points.map(({ x, high }) => place(x, high));
  const below = points.map(({ x, low }) => place(x, low)).toReversed();
  const left = LEFT + 200 * index;
  return [
    `<path d="M${[...above, ...below].join('L')}Z" fill="${colour}" opacity="0.15"/>`,
    `<path d="M${points.map(({ x, y }) => place(x, y)).join('L')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    ...points.map(({ x, y }) => `<circle cx="${fixed(xOf(x))}" cy="${fixed(yOf(y))}" r="3" fill="${colour}"/>`),
    `<path d="M${left} 38h20" stroke="${colour}" stroke-width="2"/>`,
    text(left + 26, 42, name),
  ];
}

function yLine(y: number, at: number): string {
  const label = text(LEFT - 8, at + 4, String(Number(y.toPrecision(3))), 'text-anchor="end" fill="#444"');
  return `<path d="M${LEFT} ${fixed(at)}H${WIDTH - RIGHT}" stroke="#ddd"/>${label}`;
}

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${fixed(x)}" y="${fixed(y)}" ${attributes}>${escaped(content)}</text>`;
}

/** The next of 1, 2, 4, 5 and 8 times a power of ten: a quarter of it is a round number too. */
function niceMax(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 4, 5, 8, 10].find((step) => step * power >= value) ?? 10);
}

function short(x: number): string {
  if (x >= 1e6) {
    return `${x / 1e6}M`;
  }
  return x >= 1_000 ? `${x / 1_000}k` : String(x);
}

function fixed(value: number): string {
  return value.toFixed(1);
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
