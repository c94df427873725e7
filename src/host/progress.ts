/**
 * Receives how far a long piece of work has come. `start` names it and says how many units it has (0: nobody knows); `step` says how
 * many of them are done in all, as often as the worker likes; `end` closes it. Pieces follow one another, never nest.
 */
export interface Progress {
  start(what: string, total: number): void;
  step(done: number): void;
  end(): void;
  /** Says something at once, before a piece of work begins. */
  say?(text: string): void;
}

/** Progress that nobody watches. */
export const noProgress: Progress = { start() {}, step() {}, end() {} };
