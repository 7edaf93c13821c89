// Both sides of a proxy: WebSocket clients that connect to it, and the server it connects to.
// Checks every byte, and prints what the proxy's process used meanwhile, as JSON.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "tests/bench/load.h"

namespace {

using bench::LoadPlan;
using std::chrono::milliseconds;

const std::map<std::string, LoadPlan> kScenarios{
    {"ping_pong", {.traffic = {.payload_size = 64, .messages = 2000}, .connections = 64}},
    {"echo_64k", {.traffic = {.payload_size = 65536, .messages = 1000}, .connections = 16}},
    {"one_way_64k",
     {.traffic = {.payload_size = 65536, .messages = 2500, .echo = false}, .connections = 16}},
    {"connect_message_close",
     {.traffic = {.payload_size = 64, .messages = 1},
      .connections = 15'000,
      .together = false,
      .at_once = 32}},
    {"idle",
     {.traffic = {.payload_size = 65536, .messages = 1},
      .connections = 9000,
      .settle = milliseconds{300}}},
};

struct Options {
  std::string scenario;
  std::uint16_t proxy = 0;
  std::uint16_t port = 0;
  pid_t process = 0;
  std::size_t connections = 0;
  std::uint64_t messages = 0;
  std::size_t payload_size = 0;
  std::size_t patience_ms = 10'000;
};

void add_options(CLI::App& app, Options& options) {
  std::vector<std::string> names;
  for (const auto& [name, plan] : kScenarios) names.push_back(name);
  app.add_option("scenario", options.scenario)->required()->check(CLI::IsMember(names));
  app.add_option("--proxy", options.proxy, "Port of 127.0.0.1 to connect to")->required();
  app.add_option("--serve", options.port, "Port of 127.0.0.1 to serve on")->required();
  app.add_option("--process", options.process, "Whose CPU time and memory to print");
  app.add_option("--connections", options.connections, "Instead of the scenario's number")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--messages", options.messages, "On each connection, instead of the scenario's")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--payload", options.payload_size, "Bytes of a message, a multiple of 8")
      ->check(CLI::Range(8, 1 << 24));
  app.add_option("--patience-ms", options.patience_ms, "Give up after so long without an event")
      ->check(CLI::Range(1, 60'000));
}

void run(const Options& options) {
  LoadPlan plan = kScenarios.at(options.scenario);
  if (options.connections != 0) plan.connections = options.connections;
  if (options.messages != 0) plan.traffic.messages = options.messages;
  if (options.payload_size != 0) plan.traffic.payload_size = options.payload_size;
  plan.patience = milliseconds(options.patience_ms);
  const std::string address = "127.0.0.1";
  const bench::Socket listener = bench::Socket::listen(address, options.port);
  const bench::ProcessCost observed(options.process);
  // What a proxy sets up once is no connection's cost.
  LoadPlan first = plan;
  first.connections = std::min<std::size_t>(plan.connections, 16);
  first.traffic.messages = 1;
  bench::Load(listener, address, options.proxy, first, observed).run();
  const bench::LoadResult result =
      bench::Load(listener, address, options.proxy, plan, observed).run();
  std::cout << "{\"connections\": " << plan.connections << ", \"messages\": " << result.messages
            << ", \"seconds\": " << result.seconds << ", \"cpu_seconds\": " << result.cpu_seconds
            << ", \"resident_before\": " << result.resident_before
            << ", \"resident_open\": " << result.resident_open
            << ", \"resident_used\": " << result.resident_used << "}\n";
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Loads a proxy with WebSocket connections from both sides and checks every byte"};
  Options options;
  add_options(app, options);
  CLI11_PARSE(app, argc, argv);
  try {
    run(options);
  } catch (const std::exception& error) {
    std::cerr << "websocket-load: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
