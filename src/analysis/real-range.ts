/** An interval of real numbers, both ends included. */
export interface RealRange {
  readonly low: number;
  readonly high: number;
}
