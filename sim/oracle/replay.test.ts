import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { withOwnCache } from "../harness/own-cache.js";
import { readCase } from "./case.js";
import { makeNetworks, root } from "./python.js";
import { tryNetwork } from "./try.js";
import { differenceInVerilog, inputOf } from "./verilog.js";

/** A folder with `network.onnx` and `case.json`, as campaigns keep them; without one, a network that is made here. */
const kept = process.env.SPIKEC_ORACLE;

test("one network once more: simulators, then Verilog", async () => {
  const made = kept === undefined ? await makeNetworks([1]) : undefined;
  const folder = resolve(root, kept ?? "");
  const network = made?.network(1) ?? join(folder, "network.onnx");
  const casePath = made?.casePath(1) ?? join(folder, "case.json");
  try {
    const { outcome, case: from } = tryNetwork(network, casePath);
    if (kept !== undefined) writeFileSync(join(folder, "input.npy"), inputOf(from));
    process.stdout.write(`${JSON.stringify(outcome, null, 1)}\n`);
    expect(outcome.kind).not.toBe("differs");
    if (outcome.kind === "refused") return;
    expect(await withOwnCache(() => differenceInVerilog(network, readCase(casePath), ["icarus"]))).toBe(
      undefined,
    );
  } finally {
    made?.remove();
  }
});
