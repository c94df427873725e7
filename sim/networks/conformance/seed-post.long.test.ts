import { goldenEqualsPytorch } from "./conformance.js";

goldenEqualsPytorch([{ network: "seed", form: "post" }], { frames: "all", ticks: "all" });
