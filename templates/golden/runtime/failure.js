// The user's mistakes: one line on stderr, no stack, exit status 2.

/** Input, arguments or a network that can't be used. */
export class InputError extends Error {}

/**
 * Refuses what stands at `place`.
 * @param {string} place
 * @param {string} reason
 * @returns {never}
 */
export function fail(place, reason) {
  throw new InputError(`${place}: ${reason}`);
}

/**
 * Bad input, a file that can't be opened, an unknown option: anything else is a bug and keeps its stack.
 * @param {unknown} error
 * @returns {error is Error}
 */
export function isUsersMistake(error) {
  if (error instanceof InputError) return true;
  if (!(error instanceof Error)) return false;
  return "syscall" in error || ("code" in error && String(error.code).startsWith("ERR_PARSE_ARGS"));
}
