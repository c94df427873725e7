import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { compile } from "../../../src/commands/compile.js";
import { verify } from "../../../src/commands/verify.js";
import { fillDefaults } from "../../../src/config/defaults.js";
import { encodeNpy, npyArray } from "../../../src/data/npy.js";
import {
  dcllArrays,
  dcllNetwork,
  decolleArrays,
  decolleNetwork,
} from "../../../src/frontends/dcll/testing/networks.js";
import { pickleFile, stateDictFile } from "../../../src/frontends/dcll/testing/pickle.js";
import { must } from "../cosim/build.js";

const folder = mkdtempSync(join(tmpdir(), "spikec-decolle-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Small checkpoints of either training code: parameters, and what the network file says. */
const checkpoints = {
  // Time constants per channel, a local and a trained readout on one layer.
  DCLL: [pickleFile(dcllArrays()), dcllNetwork, "net.pkl"],
  // Delayed traces, a refractory term that is read before it decays, readouts of spikes.
  DECOLLE: [stateDictFile(decolleArrays()), decolleNetwork, "net.pth"],
} as const;

test.each(Object.keys(checkpoints) as (keyof typeof checkpoints)[])(
  "%s from parameters to Verilog: equal to golden in Icarus",
  async (code) => {
    const [parameters, text, name] = checkpoints[code];
    const [checkpoint, network, input, build] = [name, `${code}.yaml`, `${code}.npy`, code].map((each) =>
      join(folder, each),
    ) as [string, string, string, string];
    const ticks = 24;
    const spikes = Uint8Array.from({ length: ticks * 36 }, (_, i) => ((i * 7 + 3) % 11 < 3 ? 1 : 0));
    writeFileSync(checkpoint, parameters);
    writeFileSync(network, text);
    writeFileSync(input, encodeNpy(npyArray("u1", [1, ticks, 6, 6], spikes)));
    const config = fillDefaults({ network, readouts: "all" });
    must(await compile({ checkpoint, config, output: build }));
    const report = must(await verify({ build, input, simulators: ["icarus"] }));
    expect(report.simulators).toMatchObject([{ simulator: "icarus", equal: true }]);
  },
);
