/** Seconds that `body` takes. */
export async function secondsOf(body) {
  const begin = performance.now();
  await body();
  return (performance.now() - begin) / 1000;
}

/**
 * The best of `rounds` of each measurement. They take turns, so that a busy moment of the machine meets all of them;
 * each returns its time itself, in whatever unit.
 */
export async function bestInTurns(rounds, measurements) {
  const best = measurements.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < rounds; round++)
    for (const [i, measure] of measurements.entries()) best[i] = Math.min(best[i], await measure());
  return best;
}
