import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run } from "../../../src/cli/program.js";
import { encodeNpy, npyArray } from "../../../src/data/npy.js";
import { dcllArrays, dcllNetwork } from "../../../src/frontends/dcll/testing/networks.js";
import { pickleFile } from "../../../src/frontends/dcll/testing/pickle.js";

const before = process.cwd();
const folder = mkdtempSync(join(tmpdir(), "spikec-replace-"));
beforeAll(() => process.chdir(folder));
afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true, force: true });
});

/** Writes a file, and the folders that it stands in. */
function file(name: string, content: string | Uint8Array): void {
  mkdirSync(dirname(name), { recursive: true });
  writeFileSync(name, content);
}

/** Another network of the same shapes. */
const other = () => {
  const arrays = dcllArrays();
  const weights = arrays["layer1.i2h.weight"]!;
  return pickleFile({
    ...arrays,
    "layer1.i2h.weight": { ...weights, data: weights.data.map((w) => Math.fround(w / 2)) },
  });
};

async function spikec(line: string): Promise<{ readonly code: number; readonly said: string }> {
  let said = "";
  const say = (text: string) => {
    said += text;
  };
  const io = { out: () => {}, err: say, terminal: undefined, colour: false, now: () => 0 };
  return { code: await run(line.split(" "), io), said: said.replaceAll(folder, "") };
}
const checkpointOf = (build: string) => readFileSync(join(build, "checkpoint/net.pkl"));

test("output-of-another: two checkpoints of one name don't share a build, the same one does", async () => {
  file("net.yaml", dcllNetwork);
  file("a/net.pkl", pickleFile(dcllArrays()));
  file("b/net.pkl", other());
  const compiled = (line: string) => spikec(`compile ${line} --network net.yaml --quiet`);
  expect(await compiled("a/net.pkl")).toEqual({ code: 0, said: "" });
  const first = checkpointOf("build/net");
  expect(await compiled("b/net.pkl")).toEqual({
    code: 2,
    said:
      "error[output-of-another]: build/net is the build of another checkpoint, a/net.pkl: not replaced\n" +
      "  hint: give this one a name or a place of its own: --name, -o; -o build/net replaces it\n",
  });
  expect(checkpointOf("build/net")).toEqual(first);
  // Another name, another place, and the same place on purpose.
  expect((await compiled("b/net.pkl --name second")).code).toBe(0);
  expect((await compiled("b/net.pkl -o build/third")).code).toBe(0);
  expect((await compiled("b/net.pkl -o build/net")).code).toBe(0);
  expect(checkpointOf("build/net")).toEqual(Buffer.from(other()));
  // Its manifest doesn't say where the checkpoint was: the content decides.
  expect((await compiled("a/net.pkl")).said).toContain("of another checkpoint, checkpoint/net.pkl: not");
  expect((await compiled("b/net.pkl")).code).toBe(0);
  // The same path, trained anew, and the same path in other words.
  file("b/net.pkl", pickleFile(dcllArrays()));
  expect((await compiled("b/net.pkl")).code).toBe(0);
  file("b/net.pkl", other());
  expect((await compiled(`../${folder.split("/").at(-1)}/b/./net.pkl`)).code).toBe(0);
  expect(checkpointOf("build/net")).toEqual(Buffer.from(other()));
});

test("output-not-ours: neither a build nor a recording takes the user's files along", async () => {
  file("x.npy", encodeNpy(npyArray("u1", [1, 2, 1, 6, 6], new Uint8Array(72))));
  file("c/net.pkl", pickleFile(dcllArrays()));
  const lines = [
    ["out", "compile c/net.pkl --network net.yaml -o out --quiet"],
    ["run", "simulate out --input x.npy --simulator wasm --record spikes,cycles -o run --quiet"],
  ] as const;
  for (const [place, line] of lines) {
    expect(await spikec(line)).toEqual({ code: 0, said: "" });
    expect(await spikec(line)).toEqual({ code: 0, said: "" });
    file(join(place, "notes.txt"), "mine");
    const files = readdirSync(place, { recursive: true });
    expect(await spikec(line)).toEqual({
      code: 2,
      said: expect.stringContaining(`${place} holds what spikec did not write: notes.txt; not replaced`),
    });
    expect(readdirSync(place, { recursive: true })).toEqual(files);
    rmSync(join(place, "notes.txt"));
  }
  file("run/layer1.spikes.npy", "mine");
  expect((await spikec(lines[1][1])).said).toContain("layer1.spikes.npy (edited)");
});
