/** Bits of every count of a frame's ticks in hardware: of those that came, of the burn-in, of the votes. */
export const TICK_BITS = 16;

/** Ticks of the longest frame: as many as these bits count. */
export const MAX_FRAME_TICKS = 2 ** TICK_BITS - 1;
