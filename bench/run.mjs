// Prints every figure that the README claims and writes bench/results.json: [{name, value, unit, goal, holds}].
// Figures are measured with the built package (dist/), as a user has it. `make bench`
//   node bench/run.mjs [group ...]    these groups alone; rows of the others stay in results.json as they were
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { accuracy } from "./groups/accuracy.mjs";
import { compilation } from "./groups/compile.mjs";
import { event } from "./groups/event.mjs";
import { mnist } from "./groups/mnist.mjs";
import { wasmNative } from "./groups/wasm-native.mjs";
import { wasmPytorch } from "./groups/wasm-pytorch.mjs";
import { wasmVerilator } from "./groups/wasm-verilator.mjs";

const groups = new Map([
  ["compile", compilation],
  ["wasm-native", wasmNative],
  ["wasm-verilator", wasmVerilator],
  ["wasm-pytorch", wasmPytorch],
  ["accuracy", accuracy],
  ["mnist", mnist],
  ["event", event],
]);
const file = "bench/results.json";

const asked = process.argv.slice(2);
for (const name of asked)
  if (!groups.has(name)) throw new Error(`no group '${name}'; there are ${[...groups.keys()].join(", ")}`);

/** Rows of each group; a row's name begins with its group's. */
const before = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : [];
const rowsOf = new Map(
  [...groups.keys()].map((group) => [group, before.filter(({ name }) => name.startsWith(`${group}: `))]),
);

/** Three digits say all that a measurement does. */
const rounded = (value) =>
  typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(3)) : value;

const { version } = JSON.parse(readFileSync("package.json", "utf8"));
const machine = `${cpus().length} x ${cpus()[0].model}, load ${loadavg()[0].toFixed(1)}`;
console.log(`spikec ${version}, node ${process.version}, ${machine} (figures want an idle machine)`);
for (const [group, measure] of groups) {
  if (asked.length > 0 && !asked.includes(group)) continue;
  const rows = [];
  await measure((what, value, unit, goal) => {
    const holds = goal === undefined || goal.holds(value);
    const row = { name: `${group}: ${what}`, value: rounded(value), unit, goal: goal?.text ?? null, holds };
    rows.push(row);
    const wanted = goal === undefined ? "" : ` (goal ${goal.text})`;
    console.log(`${holds ? "ok  " : "FAIL"} ${row.name}: ${row.value} ${unit}${wanted}`);
  });
  // Group by group, so that what was measured stays when a later group breaks.
  rowsOf.set(group, rows);
  writeFileSync(file, `${JSON.stringify([...rowsOf.values()].flat(), null, 2)}\n`);
}
const rows = [...rowsOf.values()].flat();
console.log(`${rows.filter((row) => row.holds).length} of ${rows.length} hold`);
process.exitCode = rows.every((row) => row.holds) ? 0 : 1;
