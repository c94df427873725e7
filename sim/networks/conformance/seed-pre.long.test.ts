import { goldenEqualsPytorch } from "./conformance.js";

goldenEqualsPytorch([{ network: "seed", form: "pre" }], { frames: "all", ticks: "all" });
