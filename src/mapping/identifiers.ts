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

/** Words that SystemVerilog adds (IEEE 1800-2017, annex B): simulators are built by what reads a design as either. */
const systemVerilogWords =
  "accept_on alias always_comb always_ff always_latch assert assume before bind bins binsof bit break byte chandle " +
  "checker class clocking const constraint context continue cover covergroup coverpoint cross dist do endchecker " +
  "endclass endclocking endgroup endinterface endpackage endprogram endproperty endsequence enum eventually expect " +
  "export extends extern final first_match foreach forkjoin global iff ignore_bins illegal_bins implements implies " +
  "import inside int interconnect interface intersect join_any join_none let local logic longint matches modport " +
  "nettype new nexttime null package packed priority program property protected pure rand randc randcase randsequence " +
  "ref reject_on restrict return s_always s_eventually s_nexttime s_until s_until_with sequence shortint shortreal " +
  "soft solve static string strong struct super sync_accept_on sync_reject_on tagged this throughout timeprecision " +
  "timeunit type typedef union unique unique0 until until_with untyped var virtual void wait_order weak wildcard with " +
  "within";

/** Words of C++ at which Verilator warns. */
const otherWords =
  "alignas alignof asm auto bool catch char compl constexpr decltype delete double explicit float friend goto inline " +
  "long mutable namespace noexcept nullptr operator private public pull register short sizeof switch template " +
  "thread_local throw try typeid typename using volatile wchar_t";

const words = new Set(`${verilogWords} ${systemVerilogWords} ${otherWords}`.split(" "));

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
