import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import Handlebars from "handlebars";

/** Folder of the package that holds `templates` and `rtl`: two up from src/emit, and from dist/emit. */
export const packageRoot = fileURLToPath(new URL("../../", import.meta.url));

const compiled = new Map<string, HandlebarsTemplateDelegate<object>>();

/** The template language with the parts that templates share, `templates/verilog/partials/<name>.v.hbs`; read at first use. */
let handlebars: typeof Handlebars | undefined;

function withPartials(): typeof Handlebars {
  const language = Handlebars.create();
  const partials = `${packageRoot}templates/verilog/partials/`;
  for (const file of readdirSync(partials)) {
    language.registerPartial(file.replace(/\.v\.hbs$/, ""), readFileSync(`${partials}${file}`, "utf8"));
  }
  return language;
}

/** Fills a template of the `templates` folder. A field that the view lacks throws; nothing is escaped. */
export function render(template: string, view: object): string {
  let fill = compiled.get(template);
  if (fill === undefined) {
    const text = readFileSync(`${packageRoot}templates/${template}`, "utf8");
    handlebars ??= withPartials();
    fill = handlebars.compile(text, { noEscape: true, strict: true });
    compiled.set(template, fill);
  }
  return fill(view);
}

/** Marks the last element of a list, so that templates can put commas between. */
export function commas<T extends object>(list: readonly T[]): readonly (T & { readonly comma: string })[] {
  return list.map((item, i) => ({ ...item, comma: i + 1 < list.length ? "," : "" }));
}
