#ifndef CLOSEWATCH_CONFIG_DOCUMENT_H_
#define CLOSEWATCH_CONFIG_DOCUMENT_H_

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/value.h"

namespace config {

// Reads a whole document by its table of keys into a `Document` that begins with its defaults.
// Returns nothing when anything at all is wrong with it, and adds a sentence for each to
// `problems`.
template <class Document, std::size_t N>
std::optional<Document> read_document(std::string_view yaml, std::string_view file,
                                      const std::array<Key<Document>, N>& keys,
                                      std::vector<std::string>& problems) {
  Problems found{std::string(file)};
  Document document;
  if (const std::optional<Node> root = parse_yaml(yaml, found)) {
    read_mapping(Value(*root, found), keys, document);
  }
  problems.insert(problems.end(), found.sentences().begin(), found.sentences().end());
  return found.empty() ? std::optional(std::move(document)) : std::nullopt;
}

// The text of a file, at most one byte more than parse_yaml() takes. Returns nothing and adds a
// sentence to `problems` when it cannot be read.
std::optional<std::string> read_file(const std::string& file, std::vector<std::string>& problems);

}  // namespace config

#endif  // CLOSEWATCH_CONFIG_DOCUMENT_H_
