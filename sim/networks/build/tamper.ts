import { createHash } from "node:crypto";
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, extname, join } from "node:path";

/** What is done to a file of a build. */
export const tamperings = ["bit", "deletion", "addition", "swap"] as const;
export type Tampering = (typeof tamperings)[number];

/** Copies a build and changes one of its files. Gives the paths that are then not what they were. */
export function tamper(
  build: string,
  copy: string,
  file: string,
  what: Tampering,
  { at, other }: { readonly at: string; readonly other: string },
): readonly string[] {
  rmSync(copy, { recursive: true, force: true });
  cpSync(build, copy, { recursive: true });
  const place = join(copy, file);
  switch (what) {
    case "bit": {
      const bytes = readFileSync(place);
      const offset = at === "" ? bytes.length >> 1 : bytes.indexOf(at);
      if (offset < 0) throw new Error(`no '${at}' in ${file}`);
      bytes[offset] = (bytes[offset] as number) ^ 1;
      writeFileSync(place, bytes);
      return [file];
    }
    case "deletion":
      rmSync(place);
      return [file];
    case "addition": {
      // Beside it, where the folder is spikec's own; else within.
      const added = dirname(file) === "." ? file : join(dirname(file), `more${extname(file)}`);
      writeFileSync(join(copy, added), `${dirname(file) === "." ? readFileSync(place, "utf8") : ""}\n`);
      return [added];
    }
    case "swap": {
      // With a neighbour of its kind, else with that of another build.
      const others = readdirSync(dirname(place), { withFileTypes: true })
        .filter((entry) => dirname(file) !== "." && entry.isFile())
        .map(({ name }) => name)
        .filter((name) => !readFileSync(join(dirname(place), name)).equals(readFileSync(place)));
      const neighbour = others.find((name) => extname(name) === extname(file)) ?? others[0];
      if (neighbour === undefined) {
        cpSync(join(other, file), place);
        return [file];
      }
      const [mine, its] = [readFileSync(place), readFileSync(join(dirname(place), neighbour))];
      writeFileSync(place, its);
      writeFileSync(join(dirname(place), neighbour), mine);
      return [file, join(dirname(file), neighbour)];
    }
  }
}

/** Makes the manifest of a build say what stands there, as one does who wants a change to pass. */
export function mendManifest(build: string, changed: readonly string[]): void {
  const place = join(build, "manifest.json");
  if (!existsSync(place) || changed.includes("manifest.json")) return;
  const manifest = JSON.parse(readFileSync(place, "utf8"));
  const hashOf = (file: string) =>
    createHash("sha256")
      .update(readFileSync(join(build, file)))
      .digest("hex");
  for (const file of changed) {
    const own = [manifest.checkpoint, manifest.settings].find((entry) => entry.file === file);
    const there = existsSync(join(build, file));
    if (own !== undefined) own.sha256 = there ? hashOf(file) : own.sha256;
    else if (there) manifest.files[file] = hashOf(file);
    else {
      delete manifest.files[file];
      for (const key of ["network", "calibration"]) if (manifest[key] === file) manifest[key] = null;
    }
  }
  manifest.files = Object.fromEntries(Object.entries(manifest.files).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(place, `${JSON.stringify(manifest, null, 2)}\n`);
}
