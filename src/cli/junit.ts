import { ownVersions } from "../artifact/provenance.js";
import type { SimulatorComparison, VerifyReport } from "../commands/verify.js";
import { type Reached, reachKinds, shareOf } from "../cosim/reach.js";
import type { Diagnostic } from "../diagnostics/diagnostic.js";
import { renderDiagnostic } from "../diagnostics/render.js";
import { printDifference } from "./difference.js";

/** The report as JUnit XML: one suite, one case per simulator. */
export function junit(report: VerifyReport): string {
  const failures = report.simulators.filter(({ equal, failure }) => !equal && failure === undefined).length;
  const errors = report.simulators.filter(({ failure }) => failure !== undefined).length;
  const cases = report.simulators.map((comparison) => testCase(report, comparison)).join("");
  const seconds = report.simulators.reduce((sum, each) => sum + each.seconds, 0);
  const counts = `tests="${report.simulators.length}" failures="${failures}" errors="${errors}" time="${timeOf(seconds)}"`;
  return document(report.build, counts, `${properties(propertiesOf(report))}${cases}`);
}

/** A run that was refused as JUnit XML: one suite, one case, which has an error. */
export function junitOfRefusal(build: string, diagnostics: readonly Diagnostic[], seconds: number): string {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const counts = `tests="1" failures="0" errors="1" time="${timeOf(seconds)}"`;
  const open = `    <testcase classname="${xml(build)}" name="the build can be verified" time="${timeOf(seconds)}"`;
  const [first] = errors;
  const error = `<error message="${xml(first?.text ?? "")}">${xml(errors.map(renderDiagnostic).join("\n"))}</error>`;
  const versions = Object.entries(ownVersions).map(([name, value]) => [`version.${name}`, value] as const);
  return document(build, counts, `${properties(versions)}${open}>\n      ${error}\n    </testcase>\n`);
}

/** Seconds as JUnit has them. */
const timeOf = (seconds: number): string => seconds.toFixed(3);

function document(build: string, counts: string, content: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites ${counts}>
  <testsuite name="${xml(`spikec verify ${build}`)}" ${counts}>
${content}  </testsuite>
</testsuites>
`;
}

type Property = readonly [name: string, value: string];

/** What was run, by what, how, and how far it reached. */
function propertiesOf({ versions, hashes, edits, pauses, reach }: VerifyReport): readonly Property[] {
  return [
    ...Object.entries(versions).map(([name, value]) => [`version.${name}`, value] as const),
    ...Object.entries(hashes).map(([name, value]) => [`sha256.${name}`, value] as const),
    ...edits.map((edit) => ["edited", edit] as const),
    ...(pauses === undefined ? [] : [["pauses.seed", String(pauses.seed)] as const]),
    ...reach.flatMap((layer) =>
      reachKinds.map((kind) => [`reached.${layer.layer}.${kind}`, printReached(layer[kind])] as const),
    ),
  ];
}

function properties(all: readonly Property[]): string {
  const lines = all.map(([name, value]) => `      <property name="${xml(name)}" value="${xml(value)}"/>\n`);
  return lines.length === 0 ? "" : `    <properties>\n${lines.join("")}    </properties>\n`;
}

function testCase(report: VerifyReport, comparison: SimulatorComparison): string {
  const { simulator, equal, difference: found, waveform: file, failure, seconds } = comparison;
  const name = `${simulator} equals golden, ${report.samples} samples x ${report.ticks} ticks`;
  const open = `    <testcase classname="${xml(report.build)}" name="${xml(name)}" time="${timeOf(seconds)}"`;
  if (failure !== undefined) {
    const error = `<error message="${xml(failure.text)}">${xml(renderDiagnostic(failure))}</error>`;
    return `${open}>\n      ${error}\n    </testcase>\n`;
  }
  if (equal) return `${open}/>\n`;
  const difference = found === undefined ? "" : `: ${printDifference(found)}`;
  const message = `${simulator} differs from golden${difference}`;
  const waveform = file === undefined ? "" : `waveform: ${xml(file)}`;
  return `${open}>\n      <failure message="${xml(message)}">${waveform}</failure>\n    </testcase>\n`;
}

/** How many of how many: `9 of 12, 75.0 %`. */
export const printReached = (reached: Reached): string =>
  `${reached.reached.toLocaleString("en-US")} of ${reached.total.toLocaleString("en-US")}, ${shareOf(reached).toFixed(1)} %`;

/** What XML 1.0 has no form for: control characters, halves of surrogates, U+FFFE and U+FFFF. */
const notXml = /[^\t\n\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

/** Text as XML takes it: the five entities, and nothing that it has no form for. */
function xml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&apos;",
    "\n": "&#10;",
  };
  return text.replace(notXml, "").replace(/[&<>"'\n]/g, (letter) => entities[letter] as string);
}
