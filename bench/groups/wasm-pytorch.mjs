// The WebAssembly simulator beside the same graph in double-precision PyTorch, both on two threads.
import { runParallel } from "../../dist/simulators/wasm/pool.js";
import { compileWasm } from "../../dist/simulators/wasm/run.js";
import { above, exactly } from "../goals.mjs";
import { checkpointOf, data, fixedModel, must, spikingModel, stimulusOf } from "../networks.mjs";
import { withPytorch } from "../pytorch/session.mjs";
import { bestInTurns, secondsOf } from "../timing.mjs";

const threads = 2;
const rounds = 5;
/** Frames that PyTorch runs as one batch. */
const batch = 24;
/**
 * Frames that the WebAssembly simulator runs whole, as later ticks have more spikes and take it longer; and ticks that
 * PyTorch runs, which take it all the same time.
 */
const sizes = { small: { frames: 240, ticks: 64 }, seed: { frames: 48, ticks: 16 } };

export async function wasmPytorch(record) {
  for (const network of Object.keys(sizes))
    for (const form of ["post", "pre"]) await measure(network, form, record);
}

async function measure(network, form, record) {
  const name = `${network} ${form}`;
  const { frames, ticks } = sizes[network];
  const cells = `${data}/${network}/accuracy/cells.npy`;
  const fixed = fixedModel(spikingModel(network, form));
  const wasm = must(compileWasm(fixed));
  const whole = stimulusOf(fixed, cells, { samples: frames });
  const begin = stimulusOf(fixed, cells, { samples: batch, ticks });
  const run = (stimulus) => runParallel(wasm, stimulus, { burnIn: 0, threads });

  const request = { graph: checkpointOf(network, form), cells, frames: batch, ticks, threads };
  // PyTorch's threads spin while they wait for each other, which is up to 2.4 times as fast on an idle machine; where
  // other programs run, sleeping is, up to 7 times. PyTorch has the better of both.
  await withPytorch(request, {}, (spinning) =>
    withPytorch(request, { OMP_WAIT_POLICY: "passive" }, async (sleeping) => {
      const { votes } = await sleeping();
      const [ours, ...theirs] = await bestInTurns(rounds, [
        () => secondsOf(() => run(whole)),
        async () => (await spinning()).seconds,
        async () => (await sleeping()).seconds,
      ]);
      const unit = `frame-ticks/s, ${threads} threads, best of ${rounds} in turns`;
      const rate = (frames * whole.ticks) / ours;
      const pytorchRate = (batch * ticks) / Math.min(...theirs);
      record(`${name}, WebAssembly`, rate, unit);
      record(`${name}, PyTorch in double precision`, pytorchRate, `${unit}, ${batch} frames a batch`);
      record(`${name}, WebAssembly / PyTorch`, rate / pytorchRate, "x", above(1));

      const same = (await run(begin)).filter(({ sample, votes: [own] }) =>
        own.every((n, c) => n === votes[sample][c]),
      );
      const unitOfVotes = `of ${batch} frames of ${ticks} ticks`;
      record(`${name}, equal votes`, same.length, unitOfVotes, exactly(batch));
    }),
  );
}
