// Prints what the parts of an event port cost in the forms of docs/event-blocks.md (Yosys, xcup).
// Run: node bench/synth/event-parts.mjs [part ...]; all of them take about seven minutes; needs `make setup`.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cellCost } from "../../dist/cost/synthesis.js";

const here = fileURLToPath(new URL(".", import.meta.url));
const rtl = fileURLToPath(new URL("../../rtl/", import.meta.url));

/** Words of `bits` random bits: equal words, or columns, would be merged. */
function randomWords(words, bits) {
  let state = 1;
  const digit = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 28).toString(16);
  };
  return Array.from({ length: words }, () => Array.from({ length: bits / 4 }, digit).join("")).join("\n");
}

const rows = (words, width = 1792) => ({ words, width });
const port = {
  C_IN: 32,
  IN_H: 16,
  IN_W: 16,
  OUT_H: 16,
  OUT_W: 16,
  K_H: 7,
  K_W: 7,
  PAD_TOP: 3,
  PAD_LEFT: 3,
  BANKS_X: 7,
  SHIFT: 4,
  ALIGNS: 2,
  READ_X: 2,
  WEIGHT_STYLE: "block",
};

const channels = (count) => ({ C_OUT: count, CHANNELS: count });
const tap = { BANKS_Y: 1, BANKS_X: 1, SHIFT: 1, ALIGNS: 7, READ_X: 1, REGISTERED: 1, STYLE: "block" };

/** Name, module, parameters, and the weights that FILE holds. */
const parts = [
  ["bank, asynchronous read", "form_bank", {}],
  ["bank, registered read", "form_bank", { STAGES: 2 }],
  ["bank, sum registered", "form_bank", { STAGES: 3 }],
  ["bank, zeros written", "form_bank", { CLEAR: 0 }],
  ["bank, DSP48E2 adds", "form_bank", { STAGES: 2, USE_DSP: 1 }],
  ["bank, two copies", "form_bank_copies", {}],
  ["bank of a row form", "form_bank", { PLACES: 48 }],
  ["bank of a row form, two copies", "form_bank_copies", { PLACES: 48 }],
  ["rotate a row by 0 to 1", "form_rotate", { SHIFT: 2 }],
  ["rotate a row by 0 to 3", "form_rotate", { SHIFT: 4 }],
  ["rotate a row by 0 to 6", "form_rotate", { SHIFT: 7 }],
  ["weights, 1 copy, 1 class", "form_weights", { WORDS: 224 }, rows(224)],
  ["weights, 2 copies, 1 class", "form_weights", { WORDS: 448 }, rows(448)],
  ["weights, 4 copies, 2 classes", "form_weights", { WORDS: 896, PORTS: 2 }, rows(896)],
  ["weights, 7 copies, 2 classes", "form_weights", { WORDS: 1568, PORTS: 2 }, rows(1568)],
  ["read 1 of 7 x 7, one lane", "form_read", {}],
  ["read 2 of 7 x 7, one lane", "form_read", { READ_X: 2 }],
  // Full patches: a line through 2 and 4 channels gives 32, as what doesn't grow with the channels is in both.
  ["port, full patch, 2 channels", "event_port", { ...port, ...channels(2), BANKS_Y: 7 }, rows(448, 112)],
  ["port, full patch, 4 channels", "event_port", { ...port, ...channels(4), BANKS_Y: 7 }, rows(448, 224)],
  ["port, row a cycle, 32 channels", "event_port", { ...port, ...channels(32), BANKS_Y: 1 }, rows(448)],
  ["port, a tap a cycle, 32 channels", "event_port", { ...port, ...channels(32), ...tap }, rows(1568, 256)],
];

for (const [name, module, parameters, weights] of parts) {
  if (process.argv.length > 2 && !process.argv.slice(2).some((word) => name.includes(word))) continue;
  const folder = mkdtempSync(join(tmpdir(), "event-parts-"));
  try {
    if (weights) writeFileSync(join(folder, "weights.hex"), `${randomWords(weights.words, weights.width)}\n`);
    const all = weights ? { ...parameters, FILE: "weights.hex" } : parameters;
    const set = Object.entries(all).map(([key, value]) => `-set ${key} ${JSON.stringify(value)}`);
    const script = [
      `read_verilog -defer ${here}event_parts.v ${rtl}event_*.v ${rtl}scatter_bank.v ${rtl}weight_rom.v`,
      ...(set.length > 0 ? [`chparam ${set.join(" ")} ${module}`] : []),
      `synth_xilinx -family xcup -noiopad -flatten -top ${module}`,
      "tee -o stat.txt stat",
    ].join("; ");
    execFileSync("yosys", ["-q", "-p", script], { cwd: folder, stdio: "pipe" });
    const stat = readFileSync(join(folder, "stat.txt"), "utf8");
    const line = Object.entries(cellCost(stat)).map(([key, value]) => `${key} ${value}`);
    console.log(`${name}: ${line.join(", ")}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
