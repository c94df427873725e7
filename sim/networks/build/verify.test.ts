import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run as cli } from "../../../src/cli/program.js";
import { compile } from "../../../src/commands/compile.js";
import { type VerifyReport, type VerifyRequest, verify } from "../../../src/commands/verify.js";
import { fillDefaults } from "../../../src/config/defaults.js";
import { encodeNpy, npyArray } from "../../../src/data/npy.js";
import { dcllArrays, dcllNetwork } from "../../../src/frontends/dcll/testing/networks.js";
import { pickleFile } from "../../../src/frontends/dcll/testing/pickle.js";
import { random } from "../../../src/testing/random-model.js";
import { must } from "../cosim/build.js";

const folder = mkdtempSync(join(tmpdir(), "spikec-verify-"));
const build = join(folder, "net");
const file = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const [samples, ticks] = [2, 8];
const spikes = (density: number): Uint8Array => {
  const { chance } = random(5);
  return Uint8Array.from({ length: samples * ticks * 36 }, () => (chance(density) ? 1 : 0));
};
const input = (density: number): string =>
  file(`x${density}.npy`, encodeNpy(npyArray("u1", [samples, ticks, 1, 6, 6], spikes(density))));

/** The small network's build, with these simulators to verify it in. */
const made = async (output: string, verified: object = {}) =>
  must(
    await compile({
      checkpoint: file("net.pkl", pickleFile(dcllArrays())),
      config: fillDefaults({ network: file("net.yaml", dcllNetwork), ...verified }),
      output,
    }),
  );
const run = async (request: Partial<VerifyRequest>): Promise<VerifyReport> =>
  must(await verify({ build, input: input(0.3), simulators: ["icarus"], ...request }));

beforeAll(async () => {
  await made(build);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("verify-reach: an input that reaches little is warned of, one that reaches all is not", async () => {
  const silent = await verify({ build, input: input(0), simulators: [] });
  expect(silent.diagnostics.map(({ code, args }) => [code, args])).toEqual([
    [
      "verify-reach",
      {
        // What bias alone does, an input without events shows too.
        little: expect.stringMatching(/^of layer1 0\.0 % of its weights/),
      },
    ],
  ]);
  const lively = await verify({ build, input: input(0.3), simulators: [] });
  if (!lively.ok) throw new Error("does not run");
  // 2 x 1 x 3 x 3 weights of layer1; it sends 2 maps of 3 x 3, from which layer2 makes 3 of 1 x 1.
  const [first, second] = lively.value.reach;
  expect(first?.weights).toEqual({ total: 18, reached: 18 });
  expect([first?.thresholds.total, first?.neurons.total]).toEqual([2, 18]);
  expect([second?.weights.total, second?.thresholds.total, second?.neurons.total]).toEqual([54, 3, 3]);
});

test("--pauses: equal at any pace, the same again with the same seed", async () => {
  const short = { samples: 1, ticks: 4 };
  const paced = (await run(short)).simulators[0];
  const paused = async (seed?: number, simulator: "icarus" | "verilator" = "icarus") => {
    const request = {
      simulators: [simulator],
      ...short,
      // A seed asks for pauses, too.
      ...(seed === undefined ? { pauses: true } : { seed }),
    };
    const { pauses, simulators } = await run(request);
    expect(simulators[0]?.equal).toBe(true);
    return { seed: pauses?.seed, cycles: simulators[0]?.cycles };
  };
  const [one, again, other] = [await paused(1), await paused(1), await paused(2)];
  expect(again).toEqual(one);
  // Two seeds may take as long as each other by chance; four don't.
  const more = [(await paused(3)).cycles, (await paused(4)).cycles];
  expect(new Set([one.cycles, other.cycles, ...more]).size).toBeGreaterThan(1);
  expect(one.cycles).toBeGreaterThan(paced?.cycles ?? 0);
  const free = await paused(undefined, "verilator");
  expect(free.seed).toBeGreaterThan(0);
  expect(await paused(free.seed, "verilator")).toEqual(free);
  // Every simulator makes the same pauses.
  expect(await paused(2, "verilator")).toEqual(other);
});

test("votes of every class are compared, whatever the vote is", async () => {
  for (const vote of ["majority", "sum", "last"] as const) {
    await made(build, { readout: { vote } });
    const { simulators } = await run({});
    expect(simulators[0]).toMatchObject({
      equal: true,
      compared: { votes: samples * (vote === "last" ? 1 : 4) },
    });
  }
  // A class that doesn't win gets a vote too many.
  await made(build);
  const counter = join(build, "rtl/vote_counter.v");
  const text = readFileSync(counter, "utf8");
  const votes = "{{VOTES_WIDTH{1'b0}}, s_axis_tdata == c}";
  expect(text).toContain(votes);
  const found = new Set<unknown>();
  for (const c of [0, 1, 2]) {
    writeFileSync(counter, text.replace(votes, `${votes} | (c == ${c} && s_axis_tuser)`));
    const { simulators } = await run({ allowEdited: true });
    found.add(simulators[0]?.difference?.signal);
    if (simulators[0]?.equal === false) expect(simulators[0].difference?.signal).toMatch(/^(votes|class)/);
  }
  expect(found).toContain("votes of a class");
  rmSync(build, { recursive: true });
  await made(build);
});

test("a Verilog that does not build: the first error, in the report and in JUnit; Icarus says before what it costs", async () => {
  const core = join(build, "rtl/net_core.v");
  const text = readFileSync(core, "utf8");
  writeFileSync(core, text.replace("endmodule", "assign nothing = ;\nendmodule"));
  const junit = join(folder, "out.xml");
  const [file, said, err] = [input(0.3), [] as string[], [] as string[]];
  const io = {
    out: (line: string) => void said.push(line),
    err: (line: string) => void err.push(line),
    terminal: undefined,
    colour: false,
    now: () => 0,
  };
  const words = [
    "verify",
    build,
    "--input",
    file,
    "--allow-edited",
    "--simulators",
    "icarus",
    "--junit",
    junit,
  ];
  expect(await cli(words, io)).toBe(1);
  expect(said.join("")).toMatch(/^icarus +FAILED/m);
  expect(err.join("")).toMatch(/^icarus: about \d+ s for [\d,]+ cycles of a design of [\d,]+ LUTs/m);
  expect(err.join("")).toMatch(
    /error\[simulator-failed\] .*icarus failed to build:\n.*net_core\.v:\d+: syntax error\n/,
  );
  const xml = readFileSync(junit, "utf8");
  expect(xml).toMatch(/<testsuites tests="1" failures="0" errors="1" time="\d+\.\d{3}">/);
  expect(xml).toMatch(/<error message="icarus failed to build:&#10;.*net_core\.v:\d+: syntax error"/);
  expect(xml).toMatch(/<property name="version\.icarus" value="Icarus Verilog version \d/);
  for (const name of ["manifest", "checkpoint", "input"])
    expect(xml).toMatch(new RegExp(`<property name="sha256\\.${name}" value="[0-9a-f]{64}"/>`));
  // Refused before anything runs: JUnit says so too.
  expect(
    await cli(
      words.filter((word) => word !== "--allow-edited"),
      io,
    ),
  ).toBe(1);
  expect(readFileSync(junit, "utf8")).toContain('<error message="rtl/net_core.v is not as it was compiled"');
  rmSync(build, { recursive: true });
  await made(build);
});

test("Verilator is the default; what the configuration asked for when it was compiled is kept", async () => {
  const asked = async (place: string) =>
    must(await verify({ build: place, input: input(0.3) })).simulators.map(({ simulator }) => simulator);
  expect(await asked(build)).toEqual(["verilator"]);
  const kept = join(folder, "kept");
  await made(kept, { verify: { simulators: ["icarus"], input: "elsewhere.npy" } });
  expect(JSON.parse(readFileSync(join(kept, "settings.json"), "utf8")).verify).toEqual({
    simulators: ["icarus"],
  });
  expect(await asked(kept)).toEqual(["icarus"]);
});
