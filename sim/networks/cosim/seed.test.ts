import { rtlEqualsGolden } from "./rtl.js";

// The winning class is first voted for in tick 14: a burn-in of 16 shows in its votes.
rtlEqualsGolden(
  [
    { network: "seed", form: "post" },
    { network: "seed", form: "pre" },
  ],
  { frames: 1, ticks: 32, burnIn: 16 },
);
