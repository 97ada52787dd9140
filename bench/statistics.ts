/** @throws RangeError when there are no values: a median of nothing would hide that nothing was measured */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/**
 * A quantile with linear interpolation between the two nearest values.
 * @param share 0 to 1
 * @throws RangeError when there are no values
 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  const position = (sorted.length - 1) * share;
  const lower = sorted[Math.floor(position)];
  const upper = sorted[Math.ceil(position)];
  if (lower === undefined || upper === undefined) throw new RangeError('A quantile needs at least one value; nothing was measured.');
  return lower + (upper - lower) * (position - Math.floor(position));
}

/**
 * Slope of the line of least squares through the points: units of y for one unit of x.
 * @throws RangeError with fewer than two different values of x
 */
export function slope(points: readonly { readonly x: number; readonly y: number }[]): number {
  const meanX = points.reduce((sum, { x }) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, { y }) => sum + y, 0) / points.length;
  const spread = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  if (!(spread > 0)) throw new RangeError('A slope needs two points with different x.');
  return points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0) / spread;
}
