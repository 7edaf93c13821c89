// Sends WebSocket traffic over real TCP for a few seconds, so that a live capture has something to
// keep up with: many small frames, or large ones at many Gbit/s.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <exception>
#include <future>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "tests/bench/live_client.h"
#include "tests/bench/live_server.h"

namespace {

struct Options {
  std::string role = "both";
  std::string address = "127.0.0.1";
  std::uint16_t port = 18080;
  std::size_t threads = 1;
  double seconds = 3;
  double gigabits_per_second = 0;
  bench::LiveLoad load;
};

void add_options(CLI::App& app, Options& options) {
  app.add_option("--role", options.role, "both, or server and client in two processes")
      ->check(CLI::IsMember({"both", "server", "client"}));
  app.add_option("--address", options.address, "IPv4 address of the server");
  app.add_option("--port", options.port, "Port of the server");
  app.add_option("--threads", options.threads, "Of the client")->check(CLI::Range(1, 64));
  app.add_option("--connections", options.load.connections, "Of all threads together")
      ->check(CLI::Range(1, 1024));
  app.add_option("--seconds", options.seconds, "How long")->check(CLI::Range(0.1, 60.0));
  app.add_option("--payload", options.load.payload_size, "Bytes in a frame")
      ->check(CLI::Range(1, 1 << 20));
  auto* frames = app.add_option("--frames-per-second", options.load.frames_per_second,
                                "On all connections together");
  app.add_option("--gbit", options.gigabits_per_second, "The rate in Gbit/s instead")
      ->excludes(frames);
}

// The share of one client thread.
bench::LiveLoad share(const Options& options, std::size_t connections) {
  bench::LiveLoad load = options.load;
  load.duration = std::chrono::duration<double>(options.seconds);
  if (options.gigabits_per_second > 0) {
    load.frames_per_second =
        options.gigabits_per_second * 1e9 / 8 / static_cast<double>(load.payload_size);
  }
  load.frames_per_second *=
      static_cast<double>(connections) / static_cast<double>(options.load.connections);
  load.connections = connections;
  return load;
}

bench::LiveResult send(const Options& options) {
  std::vector<std::future<bench::LiveResult>> threads;
  for (std::size_t i = 0; i < options.threads; ++i) {
    const std::size_t connections = options.load.connections * (i + 1) / options.threads -
                                    options.load.connections * i / options.threads;
    if (connections == 0) continue;
    threads.push_back(std::async(std::launch::async, [&options, connections] {
      return bench::LiveClient(options.address, options.port, share(options, connections)).run();
    }));
  }
  bench::LiveResult total;
  for (std::future<bench::LiveResult>& thread : threads) {
    const bench::LiveResult result = thread.get();
    total.frames += result.frames;
    total.bytes += result.bytes;
    total.seconds = std::max(total.seconds, result.seconds);
  }
  return total;
}

void run(const Options& options) {
  std::optional<bench::LiveServer> server;
  std::future<void> serving;
  if (options.role != "client") {
    server.emplace(options.address, options.port, options.load.connections);
  }
  if (options.role == "server") return server->run();
  if (server) serving = std::async(std::launch::async, [&server] { server->run(); });
  const bench::LiveResult result = send(options);
  if (server) serving.get();
  std::cout << "{\"connections\": " << options.load.connections << ", \"frames\": " << result.frames
            << ", \"bytes\": " << result.bytes << ", \"seconds\": " << result.seconds << "}\n";
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Sends WebSocket traffic over TCP and prints how much it was, as JSON"};
  Options options;
  add_options(app, options);
  CLI11_PARSE(app, argc, argv);
  try {
    run(options);
  } catch (const std::exception& error) {
    std::cerr << "live-traffic: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
