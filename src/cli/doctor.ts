import type { Command } from "commander";
import type { DoctorReport } from "../commands/doctor.js";
import { megabytes } from "../cosim/places.js";
import { success } from "../diagnostics/diagnostic.js";
import { alsoSaying, type Context, finish } from "./context.js";
import { declare, settingsOfCommand } from "./options.js";
import { printsConfig } from "./print-config.js";
import { table } from "./table.js";

/** `spikec doctor`: which tools are here, which versions, how to get the others. */
export function addDoctor(program: Command, context: Context): void {
  const command = program
    .command("doctor")
    .summary("say which tools are here and how to get the others")
    .description(
      "Looks for the tools that spikec starts, at its bench cache (SPIKEC_CACHE) and temporary folder (TMPDIR), and reads --config if it is given. Exit code 1 if a needed tool is missing or too old.",
    );
  declare(command, []).action(async () => {
    const settings = settingsOfCommand(command, []);
    if (!settings.ok) return finish(context, command, settings, () => ({ text: "" }));
    if (printsConfig(context, command, settings)) return;
    const report = await context.services.doctor();
    finish(context, command, alsoSaying(settings, success(report)), () => ({
      text: printReport(report),
      good: report.ok,
    }));
  });
}

function printReport(report: DoctorReport): string {
  const rows = report.tools.map((t) => {
    const state = t.state === "ok" || t.needed ? t.state : `${t.state} (optional)`;
    return [t.name, state, t.version, t.minimum, t.purpose, t.state === "ok" ? "" : t.get];
  });
  const places = report.places.map((p) => [
    p.name,
    p.variable,
    p.state,
    p.freeBytes === undefined ? undefined : megabytes(p.freeBytes),
    p.path,
    p.detail,
  ]);
  const text = table(["tool", "state", "version", "at least", "what for", "how to get it"], rows);
  const folders = table(["folder", "set by", "state", "free", "where", "what of it"], places);
  return `${text}\n${folders}\n${report.ok ? "everything needed is here" : "something needed is missing"}\n`;
}
