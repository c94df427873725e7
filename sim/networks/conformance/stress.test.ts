import { goldenEqualsPytorch, referenceEqualsPytorch } from "./conformance.js";

// Short frames: run to their ends, so that states and classes count too.
const stress = (["stress/floor", "stress/round"] as const).flatMap((network) =>
  (["post", "pre"] as const).map((form) => ({ network, form })),
);

goldenEqualsPytorch(stress, { frames: 1, ticks: "all" });
referenceEqualsPytorch(stress, { frames: 1, ticks: "all" });
