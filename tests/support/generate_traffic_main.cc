#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>
#include <string>

#include "tests/support/traffic_generator.h"

int main(int argc, char** argv) {
  CLI::App app{"Writes a savefile of generated WebSocket traffic, the same for the same options"};
  std::string profile = "chat";
  std::string truth;
  support::TrafficOptions options;
  app.add_option("--profile", profile, "chat, churn, bulk or lossy")
      ->check(CLI::IsMember({"chat", "churn", "bulk", "lossy"}));
  app.add_option("--connections", options.connections, "How many; by default as suits the profile");
  app.add_option("--messages", options.messages, "How many on all connections together");
  app.add_option("--seed", options.seed, "Another number, other traffic");
  app.add_option("--output", options.output, "The savefile")->required();
  app.add_option("--truth", truth, "What is in the savefile, as JSON");
  CLI11_PARSE(app, argc, argv);
  try {
    options.profile = *support::traffic_profile(profile);
    const support::TrafficTruth generated = support::TrafficGenerator(options).generate();
    if (!truth.empty()) support::write_truth(truth, generated);
  } catch (const std::exception& error) {
    std::cerr << "generate-traffic: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
