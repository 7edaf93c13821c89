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

// Reads a whole document by its table of keys into a `Document` that begins with its defaults, and
// lets `finish(const Value& root, Document&)` see to what takes more than one key, once every value
// is good. Returns nothing when anything at all is wrong, and adds a sentence for each to
// `problems`; of a good document each warning.
template <class Document, std::size_t N, class Finish>
std::optional<Document> read_document(std::string_view yaml, std::string_view file,
                                      const std::array<Key<Document>, N>& keys, Finish&& finish,
                                      std::vector<std::string>& problems) {
  Problems found{std::string(file)};
  Document document;
  if (const std::optional<Node> root = parse_yaml(yaml, found)) {
    const Value value(*root, found);
    read_mapping(value, keys, document);
    if (found.empty()) finish(value, document);
  }
  const std::vector<std::string>& sentences = found.empty() ? found.warnings() : found.sentences();
  problems.insert(problems.end(), sentences.begin(), sentences.end());
  return found.empty() ? std::optional(std::move(document)) : std::nullopt;
}

// The text of a file, at most one byte more than parse_yaml() takes. Returns nothing and adds a
// sentence to `problems` when it cannot be read.
std::optional<std::string> read_file(const std::string& file, std::vector<std::string>& problems);

}  // namespace config

#endif  // CLOSEWATCH_CONFIG_DOCUMENT_H_
