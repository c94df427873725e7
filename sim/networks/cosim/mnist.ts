import { join } from "node:path";
import type { ConfigFile } from "../../../src/config/schema.js";
import { readStimulus } from "../../../src/data/stimulus.js";
import { built, dataFolder, must } from "./build.js";

/** The two networks of the DCLL authors. */
export type Mnist = "19900" | "49";

const mnist = join(dataFolder, "dcll-mnist");

/** Compiles a checkpoint of the DCLL authors without calibration, and reads its first digits. */
export async function builtMnist(
  name: Mnist,
  folder: string,
  { samples, ticks }: { readonly samples: number; readonly ticks: number },
  config: ConfigFile = {},
) {
  const network = join(mnist, "network.yaml");
  const checkpoint = join(mnist, `parameters_${name}.pkl`);
  const { build } = await built(checkpoint, join(folder, name), { network, ...config });
  const input = join(mnist, `vectors-${name}`, "input.npy");
  return { build, stimulus: must(readStimulus(input, build.compiled.fixed.input, { samples, ticks })) };
}
