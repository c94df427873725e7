import { rtlEqualsGolden } from "./rtl.js";

rtlEqualsGolden(
  [
    { network: "small", form: "post" },
    { network: "small", form: "pre" },
  ],
  { frames: 2, ticks: 128, burnIn: 50 },
);
