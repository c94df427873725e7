import { expect, test } from "vitest";
import { success } from "../diagnostics/diagnostic.js";
import { inspectReport, spikec } from "./testing/spikec.js";

test("inspect prints layers, states, readouts", async () => {
  expect((await spikec(["inspect", "x.onnx"])).out).toMatchInlineSnapshot(`
    "checkpoint net: input 1x16x16, 400 weights, 4096 state words, 102400 multiply-accumulates a tick

    layer   synapse  kernel  input    neurons   sends   weights  bits  MAC/tick
    ------  -------  ------  -------  --------  ------  -------  ----  --------
    layer1  conv2d   5x5     1x16x16  16x16x16  16x8x8      400     8   102,400

    state        shape   format  last bit
    -----------  ------  ------  --------
    layer1.eps0  16x8x8  s24     2^-19

    readout  of layer  inputs  classes  bits  vote
    -------  --------  ------  -------  ----  --------
    logits   layer1     1,024       11     8  majority
    "
  `);
});

test("inspect hands on the network file, if there is one", async () => {
  const seen: (string | undefined)[] = [];
  const inspect = async (_: string, network?: string) => {
    seen.push(network);
    return success(inspectReport);
  };
  await spikec(["inspect", "x.pkl", "--network", "net.yaml"], { inspect });
  await spikec(["inspect", "x.onnx"], { inspect });
  expect(seen).toEqual(["net.yaml", undefined]);
});
