import { goldenEqualsPytorch } from "./conformance.js";

goldenEqualsPytorch(
  [
    { network: "seed", form: "post" },
    { network: "seed", form: "pre" },
  ],
  { frames: 1, ticks: 64 },
);
