import { rtlEqualsGolden } from "./rtl.js";

// All that there is of it.
rtlEqualsGolden(
  [
    { network: "stress/round", form: "post" },
    { network: "stress/round", form: "pre" },
  ],
  { frames: 2, ticks: 96, burnIn: 24 },
);
