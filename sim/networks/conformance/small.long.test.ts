import { graphs } from "../cosim/build.js";
import { goldenEqualsPytorch, referenceEqualsPytorch } from "./conformance.js";

// small and stress; the seed networks have files of their own.
const quick = graphs.filter((g) => g.network !== "seed");

goldenEqualsPytorch(quick, { frames: "all", ticks: "all" });
referenceEqualsPytorch(quick, { frames: "all", ticks: "all" });
