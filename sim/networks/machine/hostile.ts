import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { encodeNpy, npyArray } from "../../../src/data/npy.js";
import { dcllArrays, dcllNetwork } from "../../../src/frontends/dcll/testing/networks.js";
import { pickleFile } from "../../../src/frontends/dcll/testing/pickle.js";
import { encodeModel, lif, type TensorSpec } from "../../../src/frontends/onnx/testing/model.js";
import { generator, mutate } from "../../../src/frontends/onnx/testing/mutate.js";

/** A command line whose options or files are hostile; `folder` holds the files. */
export interface HostileCase {
  readonly name: string;
  readonly args: readonly string[];
}

type Random = () => number;
const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;

/** Values that no option and no key expects, as they are written. */
const oddWords: readonly string[] = [
  "1e308",
  "5e-324",
  "-1",
  "0",
  "1.5",
  "NaN",
  "Infinity",
  "9007199254740993",
  "0x10",
  "",
  " ",
  "null",
  "true",
  "auto",
  "__proto__",
  "constructor",
  "toString",
  "..",
  "../..",
  "/dev/zero",
  "/dev/full",
  "/proc/self/mem",
  "a".repeat(300),
  "é\u0301\u202e\u{1f600}",
  "a\tb",
  "verilater",
  "icarus,icarus",
  "spikes,spike",
  "x,".repeat(500),
  "folder",
  "file",
  "none/none",
  "loop",
];

/** Values of YAML that no key expects. */
const oddYaml: readonly string[] = [
  ...oddWords.filter((word) => !/[\t]/.test(word)).map((word) => JSON.stringify(word)),
  "1e308",
  "5e-324",
  "-0",
  ".nan",
  "-.inf",
  "null",
  "~",
  "",
  "[]",
  "{}",
  "[1, [2, [3]]]",
  "{a: {b: {c: 1}}}",
  "2001-01-01",
  "!!binary aGVsbG8=",
  "!!set {a, b}",
  "!!js/function 'x'",
  "!<tag:yaml.org,2002:map> {}",
  "&z [*z]",
  "&z {z: *z}",
  "*none",
  "{<<: {a: 1}}",
  "{__proto__: {pe: 2}}",
  "{constructor: 1, __proto__: null}",
  "|\n    text\n    text",
  '"\\uD800"',
  `[${"1, ".repeat(3000)}]`,
  `{${Array.from({ length: 2000 }, (_, i) => `k${i}: {}`).join(", ")}}`,
];

const keys = [
  ..."name checkpoint network calibration output device engine traces weightBits stateBits".split(" "),
  ..."coefficientBits dense event layers readout readouts targetCyclesPerTick toolTimeout simulation".split(
    " ",
  ),
  ..."verify settings __proto__ constructor pe simd channels taps ports lanes acts vote burnIn".split(" "),
  ..."frameTicks simulator input record samples ticks simulators goldenTicks junit engine".split(" "),
  ..."input_shape conv_layers out_channels kernel_size padding pooling stride arp alpharp random_tau burnin".split(
    " ",
  ),
];

/** A YAML text of a few keys, some of them sections. */
function yamlText(random: Random): string {
  const lines = Array.from({ length: 1 + Math.floor(random() * 4) }, () => {
    const key = pick(random, keys);
    if (random() < 0.5) return `${key}: ${pick(random, oddYaml)}`;
    return `${key}:\n  ${pick(random, keys)}: ${pick(random, oddYaml)}`;
  });
  return `${lines.join("\n")}\n`;
}

const damaged = (text: string, random: Random): Uint8Array => mutate(new TextEncoder().encode(text), random);

/** JSON with one of its values, wherever it stands, replaced. */
function otherJson(text: string, random: Random): string {
  const tree: unknown = JSON.parse(text);
  const places: (readonly [Record<string, unknown>, string])[] = [];
  const walk = (at: unknown): void => {
    if (typeof at !== "object" || at === null) return;
    for (const [key, value] of Object.entries(at)) {
      places.push([at as Record<string, unknown>, key]);
      walk(value);
    }
  };
  walk(tree);
  const [at, key] = pick(random, places);
  at[key] = pick<unknown>(random, [
    1e308,
    5e-324,
    -1,
    null,
    [],
    {},
    "../../etc/passwd",
    "/dev/zero",
    "x".repeat(1e5),
    true,
    [[[]]],
    "a\0b",
  ]);
  return JSON.stringify(tree, null, 2);
}

/** Stands in the place of a file without being one. */
export const oddFiles = [
  "device",
  "full",
  "pipe",
  "folder",
  "dangling",
  "loop",
  "empty",
  "sparse",
  "link",
] as const;

/** Puts something at `path` that is no plain file; `plain` is one to link to. */
export function putOdd(path: string, kind: (typeof oddFiles)[number], plain: string): void {
  rmSync(path, { recursive: true, force: true });
  switch (kind) {
    case "device":
      symlinkSync("/dev/zero", path);
      return;
    case "full":
      symlinkSync("/dev/full", path);
      return;
    case "pipe":
      execFileSync("mkfifo", [path]);
      return;
    case "folder":
      mkdirSync(path);
      return;
    case "dangling":
      symlinkSync("nowhere", path);
      return;
    case "loop":
      symlinkSync(path, path);
      return;
    case "empty":
      writeFileSync(path, "");
      return;
    case "sparse":
      writeFileSync(path, "");
      truncateSync(path, 3 * 2 ** 30);
      return;
    case "link":
      symlinkSync(plain, path);
      return;
  }
}

/** Makes the files that cases start from, and a build, in `folder`. `compile` runs spikec. */
export async function hostileGround(
  folder: string,
  compile: (args: readonly string[]) => Promise<number | null>,
): Promise<void> {
  writeFileSync(join(folder, "net.pkl"), pickleFile(dcllArrays()));
  writeFileSync(join(folder, "net.yaml"), dcllNetwork);
  writeFileSync(join(folder, "net.onnx"), encodeModel(lif()));
  writeFileSync(join(folder, "spikec.yaml"), "weightBits: 6\nstateBits: 20\nlayers: { layer1: { pe: 2 } }\n");
  writeFileSync(
    join(folder, "c.json"),
    '{"version": 1, "states": {"layer1.eps0": {"min": 0, "max": 12.5}}, "clips": {"layer1": 0.99}}\n',
  );
  const cells = Int32Array.from({ length: 16 }, (_, i) => (i * 7) % 36);
  writeFileSync(join(folder, "in.npy"), encodeNpy(npyArray("i4", [2, 8], cells)));
  writeFileSync(join(folder, "labels.npy"), encodeNpy(npyArray("i4", [2], new Int32Array(2))));
  const code = await compile([
    "compile",
    at(folder, "net.pkl"),
    "--network",
    at(folder, "net.yaml"),
    "-o",
    at(folder, "good"),
  ]);
  if (code !== 0) throw new Error("the network of the campaign doesn't compile");
}

const at = (folder: string, name: string): string => join(folder, name);

/** Case `index` of a seed; makes its files anew below `ground/case`. Each is made from its number alone. */
export function hostileCase(ground: string, seed: number, index: number): HostileCase {
  const random = generator(seed * 1_000_003 + index);
  for (let i = 0; i < 8; i++) random();
  const folder = join(ground, "case");
  mkdirSync(folder, { recursive: true });
  // The build is made anew where a case before may have changed it: there are many files in it.
  const untouched = existsSync(join(ground, "untouched"));
  for (const name of readdirSync(folder))
    if (!(untouched && name === "build")) rmSync(join(folder, name), { recursive: true, force: true });
  for (const file of ["net.pkl", "net.yaml", "net.onnx", "spikec.yaml", "c.json", "in.npy", "labels.npy"])
    cpSync(join(ground, file), join(folder, file));
  if (!untouched) cpSync(join(ground, "good"), join(folder, "build"), { recursive: true });
  mkdirSync(join(folder, "folder"));
  writeFileSync(join(folder, "file"), "text");
  symlinkSync(join(folder, "loop"), join(folder, "loop"));
  const kind = pick(random, kinds);
  if (kind.leavesBuild === true) writeFileSync(join(ground, "untouched"), "");
  else rmSync(join(ground, "untouched"), { force: true });
  return { name: kind.name, args: kind.make(folder, random) };
}

interface Kind {
  readonly name: string;
  /** Whether it changes nothing of the build. */
  readonly leavesBuild?: true;
  make(folder: string, random: Random): readonly string[];
}

const optionNames =
  "--name --network --calibration -o --device --engine --traces --pe --simd --channels --taps --ports --lanes --acts --vote --burn-in --readouts --weight-bits --state-bits --coefficient-bits --target-cycles --frame-ticks --simulator --record --samples --ticks --golden-ticks --junit --simulators --config --emit --budget --cells --labels --snr --classes --csv --threads --tool-timeout --input --json --quiet --bogus".split(
    " ",
  );

/** A command on good files. */
function goodCommand(folder: string, random: Random): readonly string[] {
  const file = (name: string) => join(folder, name);
  const source = ["net.pkl", "--network", file("net.yaml")];
  return pick(random, [
    ["compile", file(source[0] as string), ...source.slice(1), "-o", file("out")],
    ["estimate", file(source[0] as string), ...source.slice(1)],
    [
      "calibrate",
      file(source[0] as string),
      ...source.slice(1),
      "--input",
      file("in.npy"),
      "-o",
      file("out.json"),
    ],
    ["compile", file("net.onnx"), "-o", file("out")],
    ["simulate", file("build"), "--input", file("in.npy"), "-o", file("out")],
    [
      "simulate",
      file("build"),
      "--input",
      file("in.npy"),
      "--simulator",
      "wasm",
      "--record",
      "states,cycles",
      "-o",
      file("out"),
    ],
    [
      "evaluate",
      file("build"),
      "--cells",
      file("in.npy"),
      "--labels",
      file("labels.npy"),
      "--threads",
      "1",
      "--csv",
      file("out.csv"),
    ],
    ["inspect", file("build")],
    ["inspect", file(source[0] as string), ...source.slice(1)],
  ]);
}

/** Files that a command of `goodCommand` reads. */
const inputs = [
  "net.pkl",
  "net.yaml",
  "net.onnx",
  "in.npy",
  "labels.npy",
  "build/manifest.json",
  "build/settings.json",
  "build/checkpoint/net.pkl",
  "build/network.yaml",
  "build/rtl",
  "out",
  "out.json",
  "out.csv",
];

const kinds: readonly Kind[] = [
  {
    name: "command line",
    leavesBuild: true,
    make(folder, random) {
      const args = [...goodCommand(folder, random)];
      for (let i = 0; i <= random() * 3; i++) {
        const word = pick(random, oddWords);
        const value = /^(folder|file|none|loop)/.test(word) ? join(folder, word) : word;
        const place = 1 + Math.floor(random() * args.length);
        if (random() < 0.7) args.push(pick(random, optionNames), value);
        else if (random() < 0.5) args.splice(place, 1);
        else args.splice(place, 0, value);
      }
      return args.map((word) => word.replaceAll("\0", ""));
    },
  },
  {
    name: "configuration",
    leavesBuild: true,
    make(folder, random) {
      const plain = readFileSync(join(folder, "spikec.yaml"), "utf8");
      const text =
        random() < 0.3 ? damaged(plain, random) : `${random() < 0.5 ? plain : ""}${yamlText(random)}`;
      writeFileSync(join(folder, "spikec.yaml"), text);
      return [...goodCommand(folder, random), "--config", join(folder, "spikec.yaml")];
    },
  },
  {
    name: "network file",
    leavesBuild: true,
    make(folder, random) {
      const text =
        random() < 0.4
          ? damaged(dcllNetwork, random)
          : `${random() < 0.5 ? dcllNetwork : ""}${yamlText(random)}`;
      writeFileSync(join(folder, "net.yaml"), text);
      return [
        "compile",
        join(folder, "net.pkl"),
        "--network",
        join(folder, "net.yaml"),
        "-o",
        join(folder, "out"),
      ];
    },
  },
  {
    name: "calibration",
    leavesBuild: true,
    make(folder, random) {
      const plain = readFileSync(join(folder, "c.json"), "utf8");
      writeFileSync(
        join(folder, "c.json"),
        random() < 0.5 ? damaged(plain, random) : otherJson(plain, random),
      );
      const source = [join(folder, "net.pkl"), "--network", join(folder, "net.yaml")];
      return ["compile", ...source, "--calibration", join(folder, "c.json"), "-o", join(folder, "out")];
    },
  },
  {
    name: "manifest and settings",
    make(folder, random) {
      const file = join(folder, "build", pick(random, ["manifest.json", "manifest.json", "settings.json"]));
      const plain = readFileSync(file, "utf8");
      writeFileSync(file, random() < 0.4 ? damaged(plain, random) : otherJson(plain, random));
      const build = join(folder, "build");
      return pick(random, [
        ["inspect", build],
        ["simulate", build, "--input", join(folder, "in.npy"), "-o", join(folder, "out")],
        ["compile", join(folder, "net.pkl"), "--network", join(folder, "net.yaml"), "-o", build],
        ["verify", build, "--input", join(folder, "in.npy"), "--simulators", "icarus"],
      ]);
    },
  },
  {
    name: "array",
    leavesBuild: true,
    make(folder, random) {
      const file = join(folder, pick(random, ["in.npy", "labels.npy"]));
      writeFileSync(file, mutate(readFileSync(file), random));
      const build = join(folder, "build");
      return pick(random, [
        ["simulate", build, "--input", join(folder, "in.npy"), "-o", join(folder, "out")],
        [
          "evaluate",
          build,
          "--cells",
          join(folder, "in.npy"),
          "--labels",
          join(folder, "labels.npy"),
          "--threads",
          "1",
        ],
        [
          "calibrate",
          join(folder, "net.pkl"),
          "--network",
          join(folder, "net.yaml"),
          "--input",
          join(folder, "in.npy"),
          "-o",
          join(folder, "out.json"),
        ],
      ]);
    },
  },
  {
    name: "external data",
    leavesBuild: true,
    make(folder, random) {
      const model = lif();
      const data = join(folder, "w.bin");
      const location = pick(random, [
        "w.bin",
        "w.bin",
        "w.bin",
        "./w.bin",
        "folder/w.bin",
        "../case/w.bin",
        "/dev/zero",
        "w.bin/",
      ]);
      const entries = [
        { key: "location", value: location },
        ...(random() < 0.3
          ? [{ key: "length", value: pick(random, ["144", "1e308", "-1", "9007199254740993"]) }]
          : []),
      ];
      model.initializers.w = {
        ...(model.initializers.w as TensorSpec),
        stored: { dataLocation: 1, externalData: entries },
      };
      writeFileSync(join(folder, "net.onnx"), encodeModel(model));
      const bytes = new Uint8Array(Float64Array.from(model.initializers.w.data).buffer);
      writeFileSync(join(folder, "plain"), bytes);
      if (random() < 0.2) writeFileSync(data, bytes.subarray(0, Math.floor(random() * (bytes.length + 1))));
      else putOdd(data, pick(random, oddFiles), join(folder, "plain"));
      return ["compile", join(folder, "net.onnx"), "-o", join(folder, "out")];
    },
  },
  {
    name: "many layers",
    leavesBuild: true,
    make(folder, random) {
      const count = pick(random, [1000, 10_000, 100_000]);
      const args = [
        "compile",
        join(folder, "net.pkl"),
        "--network",
        join(folder, "net.yaml"),
        "-o",
        join(folder, "out"),
      ];
      const lines = (line: (i: number) => string) =>
        Array.from({ length: count }, (_, i) => line(i)).join("");
      const form = Math.floor(random() * 3);
      if (form === 0) {
        writeFileSync(join(folder, "spikec.yaml"), `layers:\n${lines((i) => `  l${i}: {pe: 1}\n`)}`);
        return [...args, "--config", join(folder, "spikec.yaml")];
      }
      if (form === 1) {
        writeFileSync(
          join(folder, "net.yaml"),
          `input_shape: [1, 6, 6]\nconv_layers:\n${lines(() => "  - {out_channels: 2, kernel_size: 1}\n")}`,
        );
        return args;
      }
      const model = lif();
      for (let i = 0; i < count; i++)
        model.nodes.push({
          op: "Mul",
          in: [i === 0 ? "x" : `m${i - 1}`, i === 0 ? "x" : `m${i - 1}`],
          out: [`m${i}`],
        });
      writeFileSync(join(folder, "net.onnx"), encodeModel(model));
      return ["compile", join(folder, "net.onnx"), "-o", join(folder, "out")];
    },
  },
  {
    name: "odd file",
    make(folder, random) {
      const args = goodCommand(folder, random);
      const used = inputs.filter(
        (name) =>
          args.includes(join(folder, name)) ||
          (name.startsWith("build/") && args.includes(join(folder, "build"))),
      );
      const path = join(folder, pick(random, used.length === 0 ? inputs : used));
      mkdirSync(dirname(path), { recursive: true });
      const kind = pick(random, oddFiles);
      const plain = join(folder, "plain");
      if (existsSync(path)) cpSync(path, plain, { recursive: true });
      putOdd(path, kind, plain);
      return args;
    },
  },
];
