import { type Diagnostic, diagnostic, type Loc } from "../diagnostics/diagnostic.js";
import { MAX_FRAME_TICKS } from "../ir/frame.js";
import type { VoteChoice } from "../ir/spiking.js";

/** Refuses a burn-in that the hardware has no bits for. */
export const refusedBurnIn = (ticks: number, loc: Loc = {}): readonly Diagnostic[] =>
  Number.isInteger(ticks) && ticks >= 0 && ticks <= MAX_FRAME_TICKS
    ? []
    : [diagnostic("burn-in-range", loc, { ticks, most: MAX_FRAME_TICKS })];

/** Warns where the burn-in leaves no tick of a frame to vote; a vote that takes the last tick takes it nevertheless. */
export function wholeBurnIn(
  readouts: readonly { readonly vote: VoteChoice }[],
  burnIn: number,
  ticks: number,
  loc: Loc = {},
): readonly Diagnostic[] {
  const votes = readouts.some(({ vote }) => vote !== "last");
  return votes && burnIn >= ticks ? [diagnostic("burn-in-whole", loc, { burnIn, ticks })] : [];
}
