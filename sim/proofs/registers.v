// registers.v - techmap: a register becomes a wire, so that a pipeline becomes a function.
(* techmap_celltype = "$dff" *)
module register_is_wire #(
    parameter WIDTH = 1,
    parameter CLK_POLARITY = 1
) (
    input CLK,
    input [WIDTH-1:0] D,
    output [WIDTH-1:0] Q
);
  assign Q = D;
endmodule
