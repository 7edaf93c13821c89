#include <exception>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "proxy/main_program.h"
#include "proxy/options.h"

namespace {

int run(const proxy::Options& options) {
  std::vector<std::string> problems;
  auto config = proxy::wanted_config(options, problems);
  for (const std::string& problem : problems) std::cerr << "closewatch-proxy: " << problem << '\n';
  if (!config) return EXIT_FAILURE;
  proxy::MainProgram program{options, *config, {CLOSEWATCH_VERSION, CLOSEWATCH_REVISION}};
  return options.check_config ? program.check(std::move(*config)) : program.run(std::move(*config));
}

}  // namespace

int main(int argc, char** argv) {
  const auto parsed = proxy::parse_options({argv + 1, argv + argc}, CLOSEWATCH_VERSION);
  if (parsed.exit_code) {
    (*parsed.exit_code == 0 ? std::cout : std::cerr) << parsed.text;
    return *parsed.exit_code;
  }
  try {
    return run(parsed.options);
  } catch (const std::exception& error) {
    std::cerr << "closewatch-proxy: " << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
