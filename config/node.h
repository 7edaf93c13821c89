#ifndef CLOSEWATCH_CONFIG_NODE_H_
#define CLOSEWATCH_CONFIG_NODE_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace config {

// Where something stands in a configuration file; both count from 1.
struct Position {
  int line = 1;
  int column = 1;
};

// A YAML node with its position. Duplicate keys of a mapping are all there, in order.
struct Node {
  enum class Kind { nothing, scalar, list, mapping };

  Kind kind = Kind::nothing;
  Position at;
  bool quoted = false;      // a scalar in quotes is text, whatever it looks like
  std::string text;         // of a scalar
  std::vector<Node> keys;   // of a mapping; as many as items
  std::vector<Node> items;  // of a list or a mapping
};

// What is wrong with a configuration, each with its place: "closewatch.yaml:7:12: limits.max_flows:
// expected a number from 1 to 100000000, found "lots"".
class Problems {
 public:
  explicit Problems(std::string file) : file_(std::move(file)) {}

  void add(Position at, const std::string& sentence);
  // A problem of the whole file.
  void add(const std::string& sentence);

  // What is allowed, but will not do what was probably meant: no problem.
  void warn(Position at, const std::string& sentence);

  bool empty() const { return sentences_.empty(); }
  // In the order of the file's lines as far as they were read; at most 50.
  const std::vector<std::string>& sentences() const { return sentences_; }
  // The same; each says that it is a warning.
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  void add_to(std::vector<std::string>& sentences, Position at, const std::string& sentence);

  std::string file_;
  std::vector<std::string> sentences_;
  std::vector<std::string> warnings_;
};

inline constexpr std::size_t kMaxYamlBytes = std::size_t{1} << 20U;

// Reads one YAML document; an empty one is `nothing`. Anchors and aliases are refused, so the tree
// is never larger than the text; so are control characters, nesting deeper than 16 and lists or
// mappings of more than 4096. Returns nothing and says why in `problems`.
std::optional<Node> parse_yaml(std::string_view yaml, Problems& problems);

}  // namespace config

#endif  // CLOSEWATCH_CONFIG_NODE_H_
