import type { Command } from "commander";
import { readSource } from "../artifact/source.js";
import { GOLDEN_TICKS } from "../commands/verify.js";
import { defaultSimulators } from "../config/defaults.js";
import type { LoadedConfig } from "../config/load.js";
import { isTree } from "../config/tree.js";
import { type Result, success } from "../diagnostics/diagnostic.js";
import { renderLoc } from "../diagnostics/render.js";
import { layerKeys } from "../passes/check-layers.js";
import { alsoSaying, type Context, finish } from "./context.js";
import { table } from "./table.js";

/** A key of the configuration: its value, null where there is none, and where that comes from. */
export interface PrintedKey {
  readonly key: string;
  readonly value: unknown;
  /** `'--pe'`, `spikec.yaml:3:1`, `network file, net.yaml:2:1`, `checkpoint, ...`, a key that it follows, or `default`. */
  readonly from: string;
}

/** Prints every key with its value and where that comes from, if the command was asked to; then it does nothing else. */
export function printsConfig(context: Context, command: Command, settings: Result<LoadedConfig>): boolean {
  if (command.opts().printConfig !== true || !settings.ok) return false;
  finish(context, command, alsoSaying(settings, success(configKeys(settings.value))), (keys) => ({
    text: table(
      ["key", "value", "from"],
      keys.map(({ key, value, from }) => [key, value === null ? undefined : printValue(value), from]),
    ),
  }));
  return true;
}

/** All keys, in the order of the defaults. */
export function configKeys({ config, written }: LoadedConfig): readonly PrintedKey[] {
  const leaves = (value: unknown, path: readonly string[]): readonly PrintedKey[] => {
    if (isTree(value) && Object.keys(value).length > 0)
      return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]));
    const place = written(path);
    const from = place === undefined ? unwritten(path) : renderLoc(place);
    return [{ key: path.join("."), value: value ?? null, from }];
  };
  const unwritten = (path: readonly string[]): string => {
    const whole = path[0] === "layers" ? layerKeys[path.at(-1) as keyof typeof layerKeys] : undefined;
    return whole === undefined ? "default" : `as ${whole.join(".")}`;
  };
  return leaves(config, []).map((key) => {
    if (key.value !== null) return key;
    if (key.key === "readout.burnIn") return settledBurnIn(key, config);
    return { ...key, ...unsaid[key.key] };
  });
}

/** What counts where a key without a default of its own is not written. */
const unsaid: Readonly<Record<string, Pick<PrintedKey, "from"> & { readonly value?: unknown }>> = {
  name: { from: "the checkpoint's" },
  output: { from: "build/<name>" },
  "simulation.samples": { from: "all of the input" },
  "simulation.ticks": { from: "all of the input" },
  "verify.samples": { from: "all of the input" },
  "verify.ticks": { from: "all of the input" },
  "verify.simulators": { from: `the build's, else ${defaultSimulators.join(", ")}` },
  "verify.pauses": { value: false, from: "default" },
  "verify.seed": { from: "random, and printed" },
  "verify.goldenTicks": { value: GOLDEN_TICKS, from: "default" },
};

/** The burn-in that the network file or the checkpoint says, where they can be read: nobody wrote it elsewhere. */
function settledBurnIn(key: PrintedKey, config: LoadedConfig["config"]): PrintedKey {
  const open = { ...key, from: "network file or checkpoint, else 0" };
  if (config.checkpoint === undefined) return open;
  const source = readSource({ checkpoint: config.checkpoint, config: { ...config, calibration: undefined } });
  if (!source.ok) return open;
  const { ticks, from, loc } = source.value.burnIn;
  return { ...key, value: ticks, from: loc === undefined ? from : `${from}, ${renderLoc(loc)}` };
}

const printValue = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
