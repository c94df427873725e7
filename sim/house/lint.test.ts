import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { identifier } from "../../src/mapping/identifiers.js";

const run = promisify(execFile);
const folder = fileURLToPath(new URL("../../rtl", import.meta.url));
const modules = readdirSync(folder)
  .filter((name) => name.endsWith(".v"))
  .map((name) => name.slice(0, -2))
  .sort();
const files = modules.map((module) => join(folder, `${module}.v`));

/** Exit status and all that a tool printed; a tool that is missing throws. */
async function lint(command: string, args: readonly string[]): Promise<{ failed: boolean; output: string }> {
  try {
    const { stdout, stderr } = await run(command, [...args], { maxBuffer: 1 << 26 });
    return { failed: false, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: number | string; stdout?: string; stderr?: string };
    if (code === "ENOENT") throw error;
    return { failed: true, output: `${stdout}${stderr}` };
  }
}

const clean = { failed: false, output: "" };
const icarus = (args: readonly string[]) => lint("iverilog", ["-g2005", "-Wall", "-t", "null", ...args]);
const verilator = (args: readonly string[]) =>
  lint("verilator", ["--lint-only", "-Wall", "--language", "1364-2005", ...args]);
/** Where Icarus and Verilator find the modules that a module is made of. */
const inside = ["-y", folder];
const yosys = (script: string) => lint("yosys", ["-q", "-p", script]);

test("every rtl file holds one module, named like the file, in the house's frame", () => {
  for (const [index, file] of files.entries()) {
    const text = readFileSync(file, "utf8");
    expect([...text.matchAll(/^module (\w+)/gm)].map(([, name]) => name)).toEqual([modules[index]]);
    expect(text.startsWith(`// ${modules[index]}.v - `), `${file}: first line`).toBe(true);
    expect(text, file).toContain("`default_nettype none\n");
    expect(text.endsWith("`default_nettype wire\n"), `${file}: last line`).toBe(true);
    const header = text.slice(0, text.indexOf("`default_nettype none"));
    for (const entry of ["Contract", "Latency", "Throughput", "Cost", "Reset", "Golden", "Bench"]) {
      expect(header, file).toContain(entry);
    }
    expect(header.trim().split("\n").length, `${file}: header lines`).toBeLessThanOrEqual(12);
    expect(/[^\n\x20-\x7e]/.exec(text)?.[0], `${file}: tab or non-ASCII`).toBeUndefined();
    expect(
      text.split("\n").filter((line) => line.length > 100),
      `${file}: longer than 100 columns`,
    ).toEqual([]);
    const bench = /Bench: sim\/blocks\/(\w+)\//.exec(header)?.[1] as string;
    expect(
      existsSync(new URL(`../blocks/${bench}/${bench}.test.ts`, import.meta.url)),
      `${file}: bench`,
    ).toBe(true);
  }
});

test("Icarus finds nothing in rtl", async () => {
  expect(await icarus([...modules.flatMap((module) => ["-s", module]), ...files])).toEqual(clean);
});

test("Verilator finds nothing in rtl", async () => {
  for (const module of modules) {
    expect(await verilator(["-y", folder, "--top-module", module, join(folder, `${module}.v`)])).toEqual(
      clean,
    );
  }
});

/** Every module of the library, in one: read as SystemVerilog, as where simulators are built; words alone count. */
async function asSystemVerilog(name: string, text: string) {
  const work = mkdtempSync(join(tmpdir(), "spikec-lint-"));
  try {
    writeFileSync(join(work, `${name}.v`), text);
    const flags = ["--lint-only", "-Wno-lint", "-Wno-style", "--top-module", name, "-y", folder];
    return await lint("verilator", [...flags, join(work, `${name}.v`)]);
  } finally {
    rmSync(work, { recursive: true });
  }
}

test("as SystemVerilog, Verilator finds nothing in rtl, nor in names that are emitted", async () => {
  const all = modules.map((module) => `  ${module} i_${module} ();\n`).join("");
  expect(await asSystemVerilog("all", `module all;\n${all}endmodule\n`)).toEqual(clean);
  const declared = (names: readonly string[]) =>
    `module names;\n${names.map((name) => `  wire ${name};\n`).join("")}endmodule\n`;
  expect(await asSystemVerilog("names", declared(systemVerilog.split(" ").map(identifier)))).toEqual(clean);
  // What this is for: a word that is a name in Verilog-2005 alone.
  expect(await asSystemVerilog("names", declared(["inside"]))).toMatchObject({ failed: true });
});

/** Words of SystemVerilog that are names in Verilog-2005: those of IEEE 1800-2017, annex B, which Verilator knows. */
const systemVerilog =
  "accept_on alias always_comb always_ff always_latch assert assume before bind bins binsof bit break byte chandle " +
  "checker class clocking const constraint context continue cover covergroup coverpoint cross dist do endchecker " +
  "endclass endclocking endgroup endinterface endpackage endprogram endproperty endsequence enum eventually expect " +
  "export extends extern final first_match foreach forkjoin global iff ignore_bins illegal_bins implements implies " +
  "import inside int interconnect interface intersect join_any join_none let local logic longint matches modport " +
  "nettype new nexttime null package packed priority program property protected pure rand randc randcase " +
  "randsequence ref reject_on restrict return s_always s_eventually s_nexttime s_until s_until_with sequence " +
  "shortint shortreal soft solve static string strong struct super sync_accept_on sync_reject_on tagged this " +
  "throughout timeprecision timeunit type typedef union unique unique0 until until_with untyped var virtual void " +
  "wait_order weak wildcard with within";

test("Yosys finds nothing in rtl", async () => {
  expect(await yosys(`read_verilog ${files.join(" ")}; hierarchy -check; proc; check -assert`)).toEqual(
    clean,
  );
});

/** Parameters that turn the widths, counts and modes around, in which a warning would hide from the defaults. */
const variants: readonly (readonly [module: string, ...parameters: string[]])[] = [
  ["fx_add", "OUT_WIDTH=3"],
  ["fx_add", "OUT_WIDTH=30", "A_WIDTH=1", "SUBTRACT=1"],
  ["fx_mul", "OUT_WIDTH=4"],
  ["fx_mul", "OUT_WIDTH=60"],
  ["fx_shift_left", "SHIFT=0", "OUT_WIDTH=4"],
  ["fx_shift_left_var", "OUT_WIDTH=3", "SHIFT_WIDTH=1"],
  ["fx_round_shift", "MODE=4", "OUT_WIDTH=3"],
  ["fx_round_shift", "MODE=5", "SHIFT=1"],
  ["fx_round_shift", "MODE=7", "SHIFT=40", "OUT_WIDTH=30"],
  ["fx_saturate", "OUT_WIDTH=20"],
  ["fx_compare", "OR_EQUAL=1", "A_WIDTH=1"],
  ["fx_delay", "CYCLES=1", "WIDTH=1"],
  ["fx_rom", "DEPTH=1"],
  ["ram_sdp", "DEPTH=3"],
  ["axis_fifo", "DEPTH=2"],
  ["vector_slicer", "ACTS=4"],
  ["potential_collect", "WORDS=1"],
  ["threshold_step", "INDEX=3"],
  ["threshold_step", "INDEX=2", "CHANNEL_GROUPS=3", "GROUP_WIDTH=4"],
  ["class_sums", "ACTS=1", "CLASSES=1"],
  ["class_sums", "ACTS=5", "ACC_WIDTH=12"],
  ["readout_linear", "ACTS=1", "CLASSES=1"],
  ["readout_linear", "ACTS=5", "DEPTH=1"],
  ["readout_linear", "ACC_WIDTH=12"],
  ["fx_delay_enable", "CYCLES=1", "WIDTH=1"],
  ["readout_bank", "SLICES=1", "DEPTH=2"],
  ["readout_bank", "SLICES=3", "WIDTH=1", "TAG_WIDTH=1"],
  ["readout_gather", "ACTS=4", "GROUPS=4", "TABLE_WIDTH=2", "ADDRESS_WIDTH=3"],
  ["readout_gather", "LANES=6", "ADDRESS_WIDTH=7", "TABLE_WIDTH=2", "BEATS=1", "DEPTH=4"],
  ["readout_columns", "ACTS=1", "CLASSES=1"],
  ["readout_columns", "ACTS=5"],
  ["readout_columns", "ACC_WIDTH=12"],
  ["argmax_scan", "CLASSES=1"],
  ["vote_counter", "CLASSES=1"],
  ["vote_counter", "MODE=1", "CLASSES=5"],
  ["vote_counter", "MODE=2"],
  ["window_credit", "DEPTH=2"],
  ["axis_pipe_control", "STAGES=1"],
  ["valid_delay", "CYCLES=1"],
  ["step_counter", "WIDTH=1", "STEP=4", "LAST=0"],
  ["step_counter", "WIDTH=31", "STEP=1", "LAST=5"],
  ["weight_rom", "DEPTH=1", "READS=3"],
  ["scatter_bank", "REGISTERED=1", 'STYLE="block"', "DEPTH=1"],
  ["scatter_bank", "CHANNELS=1", "ACC_WIDTH=8"],
  ["event_axis", "IN=1", "OUT=1", "KERNEL=1", "PAD=0", "BANKS=1"],
  ["event_axis", "BANKS=1", "STRIDE=2"],
  ["event_axis", "ALIGNED=1", "SHIFT=7"],
  ["event_guard", "CHANNELS=1", "HEIGHT=1", "WIDTH=1", "CELLS=2", "COUNT_WIDTH=1"],
  ["event_guard", "CHANNELS=3", "HEIGHT=5", "WIDTH=6", "CELLS=2"],
  ["event_guard", "CHANNELS=700", "HEIGHT=1", "WIDTH=1", "CELLS=512"],
  ["event_guard", "CHANNELS=5", "HEIGHT=1", "WIDTH=1", "CELLS=8"],
  ["event_steer", "PORTS=1"],
  ["event_ticks", "DEPTH=1"],
  ["event_walk", "BANKS_X=1", "BANKS_Y=1", "PLACE_WIDTH=8"],
  ["event_walk", "GROUPS=3", "PLACE_WIDTH=5", "ADDRESS_WIDTH=14", "C_IN=1"],
  ["event_port", "BANKS_X=1", "BANKS_Y=1", "CHANNELS=2"],
  ["event_port", "SHIFT=2", "ALIGNS=2", "READ_X=3", "REGISTERED=1"],
  ["event_integrate", "PORTS=3", "BANKS_Y=1"],
  ["sweep_walk", "GROUPS=1", "OUT_HEIGHT=1", "OUT_WIDTH=1", "OVERLAP=0"],
  ["sweep_walk", "SLICES=3", "OUT_WIDTH=5", "POOL_H=2", "POOL_W=2"],
  ["sweep_walk", "OUT_WIDTH=9", "POOL_W=4", "COLUMNS=2"],
  ["sweep_walk", "OUT_WIDTH=7", "POOL_H=4", "POOL_W=2", "COLUMNS=4", "WINDOWS=2"],
  ["sweep_walk", "OUT_WIDTH=3", "COLUMNS=8", "WINDOWS=8"],
  ["pool_columns", "PE=1", "MERGE=1", "POTENTIAL_WIDTH=1"],
  ["pool_columns", "PE=3", "MERGE=4", "WINDOWS=2"],
  ["layer_output", "MERGE=2", "WINDOWS=2", "MAP_WIDTH=5"],
  ["layer_output", "SPIKES=0", "READERS=2", "DEPTH=2"],
  ["layer_output", "READERS=0", "POTENTIAL_WIDTH=1", "MAP_CHANNELS=2", "MAP_HEIGHT=1"],
  ["layer_output", "CHANNELS=1", "MAP_CHANNELS=1", "MAP_HEIGHT=1", "MAP_WIDTH=1", "READERS=3"],
  ["spike_sender", "PE=1", "COLUMNS=1", "CHANNEL_WIDTH=1", "Y_WIDTH=1", "X_WIDTH=1"],
  ["spike_sender", "PE=3", "COLUMNS=4"],
  ["spike_sender", "COLUMNS=2", "X_WIDTH=1"],
];

test("other parameters lint as cleanly as the defaults", async () => {
  for (const [module, ...parameters] of variants) {
    const file = join(folder, `${module}.v`);
    const answers = await Promise.all([
      icarus([...parameters.map((parameter) => `-P${module}.${parameter}`), ...inside, "-s", module, file]),
      verilator([
        ...parameters.map((parameter) => `-G${parameter}`),
        ...inside,
        "--top-module",
        module,
        file,
      ]),
    ]);
    expect(answers, `${module} ${parameters.join(" ")}`).toEqual([clean, clean]);
  }
});

/** Parameters outside their range, one at a time, that must stop elaboration (rule 14). */
const refused: readonly (readonly [module: string, parameter: string, value: string])[] = [
  ["fx_add", "OUT_WIDTH", "0"],
  ["fx_add", "SUBTRACT", "2"],
  ["fx_mul", "OUT_WIDTH", "0"],
  ["fx_shift_left", "OUT_WIDTH", "0"],
  ["fx_shift_left_var", "SHIFT_WIDTH", "17"],
  ["fx_round_shift", "MODE", "8"],
  ["fx_round_shift", "OUT_WIDTH", "0"],
  ["fx_saturate", "HIGH", "16'sd65000"],
  ["fx_compare", "OR_EQUAL", "2"],
  ["fx_select", "WIDTH", "0"],
  ["fx_delay", "CYCLES", "0"],
  ["fx_rom", "STYLE", '"flash"'],
  ["ram_sdp", "STYLE", '"flash"'],
  ["axis_fifo", "DEPTH", "12"],
  ["vector_slicer", "ACTS", "3"],
  ["potential_collect", "WORDS", "0"],
  ["threshold_step", "CHANNEL_GROUPS", "3"],
  ["class_sums", "ACTS", "0"],
  ["class_sums", "ACC_WIDTH", "0"],
  ["readout_linear", "CLASSES", "0"],
  ["fx_delay_enable", "CYCLES", "0"],
  ["readout_bank", "DEPTH", "12"],
  ["readout_gather", "ACTS", "3"],
  ["readout_gather", "GROUPS", "3"],
  ["readout_gather", "DEPTH", "2"],
  ["readout_gather", "ADDRESS_WIDTH", "3"],
  ["readout_gather", "TABLE_WIDTH", "0"],
  ["readout_columns", "ACTS", "0"],
  ["readout_columns", "ACC_WIDTH", "0"],
  ["argmax_scan", "RANK_WIDTH", "0"],
  ["vote_counter", "MODE", "3"],
  ["window_credit", "DEPTH", "12"],
  ["window_credit", "DEPTH", "1"],
  ["axis_pipe_control", "STAGES", "0"],
  ["valid_delay", "CYCLES", "0"],
  ["step_counter", "WIDTH", "0"],
  ["step_counter", "STEP", "0"],
  ["step_counter", "LAST", "5"],
  ["step_counter", "LAST", "16"],
  ["weight_rom", "STYLE", '"ultra"'],
  ["scatter_bank", "STYLE", '"block"'],
  ["scatter_bank", "REGISTERED", "2"],
  ["scatter_bank", "WEIGHT_WIDTH", "1"],
  ["event_axis", "BANKS", "6"],
  ["event_axis", "SHIFT", "8"],
  ["event_guard", "CHANNELS", "0"],
  ["event_guard", "HEIGHT", "0"],
  ["event_guard", "WIDTH", "0"],
  ["event_guard", "CELLS", "12"],
  ["event_guard", "CELLS", "1"],
  ["event_guard", "CELLS", "1024"],
  ["event_guard", "COUNT_WIDTH", "0"],
  ["event_steer", "DEPTH", "6"],
  ["event_ticks", "DEPTH", "0"],
  ["event_walk", "PLACE_WIDTH", "3"],
  ["event_walk", "ADDRESS_WIDTH", "10"],
  ["event_port", "CHANNELS", "3"],
  ["event_port", "READ_X", "4"],
  ["event_port", "ALIGNS", "4"],
  ["event_integrate", "QUEUE", "2"],
  ["sweep_walk", "GROUPS", "0"],
  ["sweep_walk", "OUT_WIDTH", "0"],
  ["sweep_walk", "POOL_H", "5"],
  ["sweep_walk", "COLUMNS", "2"], // without as many windows
  ["sweep_walk", "WINDOWS", "2"],
  ["sweep_walk", "OVERLAP", "2"],
  ["pool_columns", "MERGE", "0"],
  ["pool_columns", "POTENTIAL_WIDTH", "0"],
  ["layer_output", "MERGE", "0"],
  ["layer_output", "MAP_CHANNELS", "3"],
  ["layer_output", "MAP_HEIGHT", "0"],
  ["layer_output", "WINDOWS", "5"],
  ["layer_output", "SPIKES", "2"],
  ["layer_output", "DEPTH", "12"],
  ["spike_sender", "PE", "33"],
  ["spike_sender", "COLUMNS", "17"],
];

test("bad parameters stop elaboration in all three tools", async () => {
  const accepted: string[] = [];
  for (const [module, parameter, value] of refused) {
    const file = join(folder, `${module}.v`);
    const wanted = `ERROR_${module}`;
    const source = `read_verilog -defer ${files.join(" ")}; chparam -set ${parameter} ${value} ${module}; hierarchy -check -top ${module}`;
    const answers = await Promise.all([
      icarus([`-P${module}.${parameter}=${value}`, ...inside, "-s", module, file]),
      verilator([`-G${parameter}=${value}`, ...inside, "--top-module", module, file]),
      yosys(source),
    ]);
    answers.forEach(({ failed, output }, index) => {
      if (!failed || !output.includes(wanted)) {
        accepted.push(
          `${["Icarus", "Verilator", "Yosys"][index]} ${module} ${parameter}=${value}: ${output}`,
        );
      }
    });
  }
  expect(accepted).toEqual([]);
});
