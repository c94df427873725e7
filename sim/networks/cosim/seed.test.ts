import { rtlEqualsGolden } from "./rtl.js";

// `pre` is in seed.long.test.ts. The winning class is first voted for in tick 14: a burn-in of 16 shows in its votes.
rtlEqualsGolden([{ network: "seed", form: "post" }], { frames: 1, ticks: 32, burnIn: 16 });
