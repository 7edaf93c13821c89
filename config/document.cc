#include "config/document.h"

#include <cerrno>
#include <fstream>
#include <system_error>

namespace config {

std::optional<std::string> read_file(const std::string& file, std::vector<std::string>& problems) {
  std::ifstream stream(file, std::ios::binary);
  std::string text(kMaxYamlBytes + 1, '\0');  // one more than allowed: told by its size
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!stream.is_open() || stream.bad() || (stream.fail() && !stream.eof())) {
    problems.push_back(file + ": cannot be read: " + std::generic_category().message(errno));
    return std::nullopt;
  }
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

}  // namespace config
