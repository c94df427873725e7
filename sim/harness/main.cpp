// main.cpp - clocks the bench's top in Verilator; registers without reset or initial value start random.
#include <memory>

#include "Vbench.h"
#include "verilated.h"

int main(int, char**) {
  auto context = std::make_unique<VerilatedContext>();
  context->randReset(2);
  context->randSeed(20260);
  auto top = std::make_unique<Vbench>(context.get());
  while (!context->gotFinish()) {
    top->clk = 0;
    top->eval();
    top->clk = 1;
    top->eval();
  }
  top->final();
  return 0;
}
