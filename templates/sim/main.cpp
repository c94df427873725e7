// main.cpp - a clock for tb.v under Verilator, and the waveform window (built with --trace):
// +vcd=FILE +vcd_from=CYCLE +vcd_to=CYCLE.
#include <cstdlib>
#include <memory>
#include <string>

#include "Vtb.h"
#include "verilated.h"
#ifdef SPIKEC_TRACE
#include "verilated_vcd_c.h"
#endif

#ifdef SPIKEC_TRACE
static std::string option(VerilatedContext& context, const char* name) {
  const std::string match = context.commandArgsPlusMatch(name);
  return match.empty() ? "" : match.substr(match.find('=') + 1);
}
#endif

double sc_time_stamp() { return 0; }

int main(int argc, char** argv) {
  const auto context = std::make_unique<VerilatedContext>();
  context->commandArgs(argc, argv);
#ifdef SPIKEC_TRACE
  context->traceEverOn(true);
#endif
  const auto top = std::make_unique<Vtb>(context.get());
#ifdef SPIKEC_TRACE
  VerilatedVcdC vcd;
  top->trace(&vcd, 99);
  vcd.open(option(*context, "vcd=").c_str());
  const unsigned long from = std::strtoul(option(*context, "vcd_from=").c_str(), nullptr, 10);
  const unsigned long to = std::strtoul(option(*context, "vcd_to=").c_str(), nullptr, 10);
  unsigned long cycle = 0;
#endif
  while (!context->gotFinish()) {
    top->clk = 0;
    top->eval();
    context->timeInc(1);
    top->clk = 1;
    top->eval();
#ifdef SPIKEC_TRACE
    if (cycle >= from) vcd.dump(context->time());
    if (cycle++ >= to) break;
#endif
    context->timeInc(1);
  }
#ifdef SPIKEC_TRACE
  vcd.close();
#endif
  top->final();
  return 0;
}
