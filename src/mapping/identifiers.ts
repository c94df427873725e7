/** Words that Verilog-2005 keeps for itself (IEEE 1364-2005, annex B). */
const verilogWords =
  "always and assign automatic begin buf bufif0 bufif1 case casex casez cell cmos config deassign default defparam " +
  "design disable edge else end endcase endconfig endfunction endgenerate endmodule endprimitive endspecify endtable " +
  "endtask event for force forever fork function generate genvar highz0 highz1 if ifnone incdir include initial inout " +
  "input instance integer join large liblist library localparam macromodule medium module nand negedge nmos nor " +
  "noshowcancelled not notif0 notif1 or output parameter pmos posedge primitive pull0 pull1 pulldown pullup " +
  "pulsestyle_ondetect pulsestyle_onevent rcmos real realtime reg release repeat rnmos rpmos rtran rtranif0 rtranif1 " +
  "scalared showcancelled signed small specify specparam strong0 strong1 supply0 supply1 table task time tran tranif0 " +
  "tranif1 tri tri0 tri1 triand trior trireg unsigned use uwire vectored wait wand weak0 weak1 while wire wor xnor xor";

/** Words of C++ at which Verilator warns, and some that SystemVerilog adds: a design may be read as either. */
const otherWords =
  "alignas alignof assert asm auto bit bool break byte catch char checker class clocking compl const constexpr context " +
  "continue cover decltype delete do double enum explicit export extends extern final float friend global goto import " +
  "inline int interface join_any join_none let local logic long mutable namespace new noexcept null nullptr operator " +
  "packed package private program property protected public pull ref register restrict return sequence short shortint " +
  "shortreal sizeof soft solve static string struct super switch template this thread_local throw try type typedef " +
  "typeid typename union unique using var virtual void volatile wchar_t";

const words = new Set(`${verilogWords} ${otherWords}`.split(" "));

/** Letters of the longest identifier: three of them and their ends are a file name, and file systems hold 255. */
const LONGEST = 64;

/**
 * A name as a Verilog identifier and file name: letters, digits, `_`; never empty, a keyword, led by a digit, or long.
 */
export function identifier(name: string): string {
  const clean = name
    .replace(/[^A-Za-z0-9_]+/g, "_")
    .replace(/_+/g, "_")
    .replace(/^_/, "")
    .slice(0, LONGEST)
    .replace(/_$/, "");
  return clean === "" || /^[0-9]/.test(clean) || words.has(clean.toLowerCase()) ? `n_${clean}` : clean;
}

/**
 * Gives out identifiers, none twice and none that is `reserved`: the second of a name gets a number. `family` lists
 * what else is named after an identifier: all of it is as unique. Upper and lower case count as one, since files are
 * named so too, and not every file system tells them apart.
 */
export function identifierPool(reserved: (name: string) => boolean = () => false) {
  const taken = new Set<string>();
  return {
    take(name: string, family: (id: string) => readonly string[] = () => []): string {
      const base = identifier(name);
      for (let n = 1; ; n++) {
        const id = n === 1 ? base : `${base}_${n}`;
        const all = [id, ...family(id)];
        if (all.some((each) => taken.has(each.toLowerCase()) || reserved(each))) continue;
        for (const each of all) taken.add(each.toLowerCase());
        return id;
      }
    },
  };
}
