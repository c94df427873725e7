/** What of `yosys write_json` says which register stands where. */
interface Netlist {
  readonly modules: Readonly<Record<string, NetlistModule>>;
}

type Bit = number | string;

interface NetlistModule {
  readonly ports: Readonly<Record<string, { readonly direction: string; readonly bits: readonly Bit[] }>>;
  readonly cells: Readonly<
    Record<
      string,
      {
        readonly type: string;
        readonly parameters: Readonly<Record<string, string>>;
        readonly port_directions: Readonly<Record<string, string>>;
        readonly connections: Readonly<Record<string, readonly Bit[]>>;
      }
    >
  >;
}

/** Cycles from the module's inputs to a bit; undefined: a constant, which is there in every cycle. */
type Age = number | undefined;

/**
 * Where a flat netlist isn't a pipeline of `latency` cycles: empty if on every path from an input to an output there
 * are exactly `latency` registers more than `starts` says of the input (0 where it says nothing), and all registers are
 * plain ones of the clock. Then its outputs at cycle t + latency are those that it would have without registers, for
 * the inputs at cycle t + starts.
 */
export function unbalanced(
  netlist: string,
  module: string,
  latency: number,
  starts: ReadonlyMap<string, number>,
): string {
  const { ports, cells } = (JSON.parse(netlist) as Netlist).modules[module] as NetlistModule;
  const drivers = new Map<Bit, { readonly cell: string; readonly index: number }>();
  for (const [cell, { port_directions, connections }] of Object.entries(cells)) {
    for (const [port, bits] of Object.entries(connections)) {
      if (port_directions[port] !== "output") continue;
      bits.forEach((bit, index) => {
        drivers.set(bit, { cell, index });
      });
    }
  }
  const clock = ports.clk?.bits[0];
  const known = new Map<Bit, Age>();
  for (const [name, { direction, bits }] of Object.entries(ports)) {
    if (direction === "input" && name !== "clk")
      for (const bit of bits) known.set(bit, starts.get(name) ?? 0);
  }
  const faults = new Set<string>();
  const pending = new Set<Bit>();

  const ageOf = (bit: Bit): Age => {
    if (typeof bit === "string") return undefined;
    if (known.has(bit)) return known.get(bit);
    const driver = drivers.get(bit);
    // Words beyond a table's end are nets without a driver: undefined in every cycle, as the arithmetic sees them.
    if (driver === undefined) return undefined;
    if (pending.has(bit)) {
      faults.add(`net ${bit} is in a loop`);
      return undefined;
    }
    pending.add(bit);
    const { type, parameters, port_directions, connections } = cells[
      driver.cell
    ] as NetlistModule["cells"][string];
    let age: Age;
    if (type === "$dff") {
      if (connections.CLK?.[0] !== clock || !/1$/.test(parameters.CLK_POLARITY ?? "")) {
        faults.add(`${driver.cell} has another clock`);
      }
      const before = ageOf(connections.D?.[driver.index] as Bit);
      age = before === undefined ? undefined : before + 1;
    } else {
      if (/mem|dff|latch|\$(sr|fsm|ff)|\\/i.test(type)) faults.add(`${driver.cell} is a ${type}`);
      const ages = new Set<Age>();
      for (const [port, bits] of Object.entries(connections)) {
        if (port_directions[port] === "input") for (const b of bits) ages.add(ageOf(b));
      }
      ages.delete(undefined);
      if (ages.size > 1)
        faults.add(`${driver.cell} takes values of cycles ${[...ages].sort().join(" and ")}`);
      age = [...ages][0];
    }
    pending.delete(bit);
    known.set(bit, age);
    return age;
  };

  for (const [name, { direction, bits }] of Object.entries(ports)) {
    if (direction !== "output") continue;
    const wrong = bits.map(ageOf).find((age) => age !== undefined && age !== latency);
    if (wrong !== undefined) faults.add(`${name} comes after ${wrong} cycles, not ${latency}`);
  }
  return [...faults].join("\n");
}
