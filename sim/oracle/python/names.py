"""Names as exporters and people give them, and as nobody should."""

NASTY = [
    "..", ".", "../../../x", "/etc/x", "a/b", "a.b", "a_b", "a b", "a-b", "A.B", "A_b", "class", "logits", "votes", "cycles",
    "spikes", "states", "in", "out", "u_out", "core", "tb", "module", "endmodule", "wire", "reg", "begin", "end", "always",
    "assign", "input", "output", "signed", "clk", "rst", "clock", "reset", "valid", "ready", "0", "1x", "-rf", "_", "__",
    "__proto__", "constructor", "toString", "hasOwnProperty", "prototype", "NaN", "null", "true", "Ω", "シナプス", "é", "ё",
    "layer1", "layer2", "layer3", "layer1.u", "layer1_u", "x" * 200, "`define", "*/", "/*", "//", "$display", "\\esc", "a'b",
    'a"b', "%s", "{{x}}", "${x}", "<b>", "&amp;", "CON", "nul", "a:b", "a;b", "a,b", "a\tb", "report", "manifest", "settings",
    "state", "tick", "threshold", "weights", "mem", "fifo", "top", "main", "golden",
]


class Names:
    """One network's style: Brevitas' paths, numbers as torch writes them, plain words, or nasty ones."""

    def __init__(self, rng):
        self.rng = rng
        self.style = rng.choice(["brevitas", "brevitas", "torch", "plain", "nasty"])
        self.metadata = rng.random() < 0.2
        self.count = 0

    def by_metadata(self):
        return self.metadata and self.rng.random() < 0.7

    def draw(self, hint):
        self.count += 1
        if self.style == "brevitas":
            layer = self.rng.randrange(4)
            return hint if "." in hint else f"/layers.{layer}/{hint}/export_handler/{hint}_output_0"
        if self.style == "torch":
            return hint if "." in hint else f"onnx::{hint}_{self.count}"
        if self.style == "plain":
            return hint
        return self.rng.choice(NASTY)

    def unique(self, hint, taken):
        """A name that nothing in the graph has; neither may its `_next` be there."""
        name = self.draw(hint)
        for attempt in range(2, 10000):
            if name not in taken and f"{name}_next" not in taken and not name.endswith("_next"):
                return name
            again = self.draw(hint) if self.style == "nasty" and attempt < 6 else hint
            name = again if attempt < 6 else f"{again}{self.rng.choice(['_', '.', '-', ''])}{attempt}"
        raise RuntimeError("no name is left")

    def node(self, op):
        """Nodes may share names, or have none."""
        if self.style == "torch" and self.rng.random() < 0.3:
            return ""
        return self.draw(op)

    def layer(self, index, taken):
        """What the output of a layer's spikes is called."""
        if self.style != "nasty":
            base = self.rng.choice([f"layer{index}", f"layers.{index - 1}", f"block{index}"])
        else:
            base = self.rng.choice(NASTY)
        name = base + self.rng.choice([".spikes", ".spikes", ".spikes", "", ".s"])
        return name if name not in taken else f"{base}{index}{len(taken)}.spikes"

    def readout(self, index, taken):
        name = self.rng.choice(NASTY) if self.style == "nasty" else self.rng.choice(["logits", f"readout{index}", "out"])
        return name if name not in taken else f"{name}{index}{len(taken)}"
