import { rtlEqualsGolden } from "./rtl.js";

// All that there is of it.
rtlEqualsGolden(
  [
    { network: "small", form: "post" },
    { network: "small", form: "pre" },
  ],
  { frames: 8, ticks: 256, burnIn: 50 },
);
