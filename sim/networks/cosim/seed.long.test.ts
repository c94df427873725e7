import { rtlEqualsGolden } from "./rtl.js";

rtlEqualsGolden(
  [
    { network: "seed", form: "post" },
    { network: "seed", form: "pre" },
  ],
  { frames: 1, ticks: 256, burnIn: 50 },
);
