import { existsSync } from "node:fs";
import { join, posix, resolve, win32 } from "node:path";
import { z } from "zod";
import { type JsonText, parseJson } from "../data/json.js";
import { type Diagnostic, diagnostic, failure, type Result, success } from "../diagnostics/diagnostic.js";
import { readText } from "../host/files.js";
import { manifestName, sha256 } from "../host/ownership.js";
import { version } from "../host/version.js";
import { changes, manifestOddity } from "./contents.js";

const mapping = { error: "expected keys and values" };
const digest = { error: "expected 64 hexadecimal digits" };
const place = { error: "expected a path that stays in the build" };

/** Whether a path names a file below the folder that it is relative to, on any operating system, and in one way only. */
const staysInside = (path: string): boolean =>
  path !== "" &&
  !/[\\\0]/.test(path) &&
  !win32.isAbsolute(path) &&
  !/^[a-z]:/i.test(path) &&
  posix.normalize(path) === path &&
  path !== "." &&
  path.split("/")[0] !== "..";

const inside = z.string(place).refine(staysInside, place);
const hash = z.string(digest).regex(/^[0-9a-f]{64}$/, digest);
const hashed = z.strictObject({ file: inside, sha256: hash }, mapping);

/** manifest.json of a build; hashes are SHA-256 in hex. */
const manifestSchema = z.strictObject(
  {
    tool: z.literal("spikec", { error: "expected spikec" }),
    version: z.string({ error: "expected a version" }),
    /** Copy of the checkpoint in the build, and its hash. */
    checkpoint: hashed,
    /** Where the checkpoint was, seen from the build: only of a build whose place nobody named. */
    from: z.string({ error: "expected a path" }).optional(),
    settings: hashed,
    /** Copy of the calibration that was given, if one was. */
    calibration: inside.nullable(),
    /** Copy of the network file that was given, if one was. */
    network: inside.nullable(),
    /** Every other file of the build. */
    files: z.record(inside, hash, mapping),
  },
  mapping,
);

/** What manifest.json of a build holds. */
export type Manifest = Readonly<z.infer<typeof manifestSchema>>;

/**
 * Reads the manifest of the build in a folder. A folder that is no build of this version is refused; of an older
 * version nothing is relied on but the version itself, since its manifest may be another.
 */
export function readManifest(folder: string): Result<Manifest> {
  const file = join(folder, manifestName);
  if (!existsSync(file)) return failure(notABuild(folder, `it has no ${manifestName}`));
  const odd = manifestOddity(folder);
  if (odd !== undefined) return failure(notABuild(folder, `its ${manifestName} ${changes[odd]}`));
  const text = readText(file);
  if (!text.ok) return text;
  const json = parseJson(text.value, file);
  if (!("tree" in json)) return failure(diagnostic("manifest-syntax", json.loc, { reason: json.reason }));
  const head = headSchema.safeParse(json.tree);
  if (!head.success) return failure(notABuild(folder, `its ${manifestName} is not spikec's`));
  if (!("checkpoint" in head.data))
    return failure(notABuild(folder, `its ${manifestName} is of what a build recorded`));
  const { version: built } = head.data;
  if (typeof built === "string" && built !== version) {
    const hint = `compile it again: ${compileAgain(folder, head.data)}`;
    return failure(diagnostic("build-version", { file: folder }, { built, have: version }, { hint }));
  }
  const parsed = manifestSchema.safeParse(json.tree);
  return parsed.success
    ? success(parsed.data)
    : failure(...parsed.error.issues.flatMap((issue) => saidOf(issue, json.locate)));
}

/**
 * Why a build whose place nobody named may not take the place of what stands there: it was made from another checkpoint.
 * The same checkpoint may have been trained anew since; a manifest that doesn't say where it was has its content alone.
 */
export function ofAnother(folder: string, checkpoint: string, content: Uint8Array): Diagnostic | undefined {
  if (!existsSync(join(folder, manifestName))) return undefined;
  const text = readText(join(folder, manifestName));
  const json = text.ok ? parseJson(text.value, folder) : undefined;
  const old = originSchema.safeParse(json !== undefined && "tree" in json ? json.tree : undefined);
  if (old.success && old.data.checkpoint.sha256 === sha256(content)) return undefined;
  const from = old.data?.from === undefined ? undefined : join(folder, old.data.from);
  if (from !== undefined && resolve(from) === resolve(checkpoint)) return undefined;
  const other = from ?? old.data?.checkpoint.file ?? "a recording";
  const hint = `give this one a name or a place of its own: --name, -o; -o ${quoted(folder)} replaces it`;
  return diagnostic("output-of-another", { file: folder }, { path: folder, other }, { hint });
}

const originSchema = z.looseObject({
  from: z.string().optional(),
  checkpoint: z.looseObject({ file: z.string(), sha256: z.string() }),
});

/** What every manifest of spikec has had. */
const headSchema = z.looseObject({ tool: z.literal("spikec"), version: z.unknown().optional() });

const notABuild = (path: string, reason: string): Diagnostic =>
  diagnostic("not-a-build", { file: path }, { path, reason });

/** The command that compiles a build again from the files that it holds; these are read before it is replaced. */
function compileAgain(folder: string, manifest: Readonly<Record<string, unknown>>): string {
  const copies = copiesSchema.safeParse(manifest);
  if (!copies.success) return `spikec compile <checkpoint> -o ${quoted(folder)}`;
  const { checkpoint, settings, network, calibration } = copies.data;
  const at = (file: string): string => quoted(join(folder, file));
  return [
    `spikec compile ${at(checkpoint.file)} --config ${at(settings.file)}`,
    ...(network === null ? [] : [`--network ${at(network)}`]),
    ...(calibration === null ? [] : [`--calibration ${at(calibration)}`]),
    `-o ${quoted(folder)}`,
  ].join(" ");
}

const named = z.looseObject({ file: inside });
const copiesSchema = z.looseObject({
  checkpoint: named,
  settings: named,
  network: inside.nullable().default(null),
  calibration: inside.nullable().default(null),
});

/** A path as a shell takes it. */
const quoted = (path: string): string =>
  /^[\w./:@%+=,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;

function saidOf(issue: z.core.$ZodIssue, locate: JsonText["locate"]): readonly Diagnostic[] {
  const path = issue.path.map(String);
  const said = (at: readonly string[], problem: string): Diagnostic =>
    diagnostic("manifest-value", locate(at), { key: at.join(".") || "the file", problem });
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => said([...path, key], "is no key of a manifest"));
  return [said(path, issue.code === "invalid_key" ? place.error : issue.message)];
}
