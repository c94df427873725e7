import { rtlEqualsGolden } from "./rtl.js";

// All that there is of it.
rtlEqualsGolden(
  [
    { network: "stress/floor", form: "post" },
    { network: "stress/floor", form: "pre" },
  ],
  { frames: 2, ticks: 96, burnIn: 24 },
);
