#include "config/node.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <sstream>

#include "config/printable.h"

namespace config {
namespace {

constexpr std::size_t kMaxProblems = 50;
constexpr std::size_t kMaxDepth = 16;
constexpr std::size_t kMaxItems = 4096;  // of one list or mapping

Position position(const YAML::Mark& mark) { return {mark.line + 1, mark.column + 1}; }

Node node(Node::Kind kind, const YAML::Mark& mark) {
  Node made;
  made.kind = kind;
  made.at = position(mark);
  return made;
}

// Ends the parse at what a configuration may not have.
struct Refused {
  Position at;
  std::string sentence;
};

// Builds the tree from the parser's events. The tree that yaml-cpp itself would build expands
// aliases and drops positions of duplicate keys.
class TreeBuilder final : public YAML::EventHandler {
 public:
  Node take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (started_) throw Refused{position(mark), "expected one document, found a second one"};
    started_ = true;
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(node(Node::Kind::nothing, mark), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    throw Refused{position(mark), "aliases are not supported, write the value out"};
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    // "?" is the tag of a plain scalar, "!" of a quoted one.
    Node scalar = node(Node::Kind::scalar, mark);
    scalar.quoted = tag != "?";
    scalar.text = value;
    add(std::move(scalar), anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(node(Node::Kind::list, mark), anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(node(Node::Kind::mapping, mark), anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  void open(Node opened, YAML::anchor_t anchor) {
    refuse_anchor(opened.at, anchor);
    if (open_.size() == kMaxDepth) throw Refused{opened.at, "nested too deeply"};
    open_.push_back(std::move(opened));
  }

  void close() {
    Node closed = std::move(open_.back());
    open_.pop_back();
    add(std::move(closed), YAML::NullAnchor);
  }

  void add(Node added, YAML::anchor_t anchor) {
    refuse_anchor(added.at, anchor);
    if (open_.empty()) {
      root_ = std::move(added);
      return;
    }
    Node& parent = open_.back();
    if (parent.items.size() == kMaxItems) throw Refused{added.at, "more than 4096 entries"};
    const bool is_key =
        parent.kind == Node::Kind::mapping && parent.keys.size() == parent.items.size();
    (is_key ? parent.keys : parent.items).push_back(std::move(added));
  }

  static void refuse_anchor(Position at, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) {
      throw Refused{at, "anchors are not supported, write the value out"};
    }
  }

  bool started_ = false;
  Node root_;
  std::vector<Node> open_;  // the lists and mappings around the next event
};

Position position_of(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const std::size_t newline = before.rfind('\n');
  const std::size_t line_start = newline == std::string_view::npos ? 0 : newline + 1;
  return {static_cast<int>(std::ranges::count(before, '\n')) + 1,
          static_cast<int>(offset - line_start) + 1};
}

std::string hexadecimal(unsigned char byte) {
  constexpr std::string_view digits = "0123456789abcdef";
  return {'0', 'x', digits[byte >> 4U], digits[byte & 0xfU]};
}

// yaml-cpp takes 0x04 for the end of the file and NUL bytes for UTF-16.
bool refuse_control_characters(std::string_view yaml, Problems& problems) {
  const auto found = std::ranges::find_if(yaml, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7f;
  });
  if (found == yaml.end()) return false;
  problems.add(
      position_of(yaml, static_cast<std::size_t>(found - yaml.begin())),
      "expected text in UTF-8, found the byte " + hexadecimal(static_cast<unsigned char>(*found)));
  return true;
}

}  // namespace

void Problems::add(Position at, const std::string& sentence) { add_to(sentences_, at, sentence); }

void Problems::warn(Position at, const std::string& sentence) {
  add_to(warnings_, at, "warning: " + sentence);
}

void Problems::add_to(std::vector<std::string>& sentences, Position at,
                      const std::string& sentence) {
  if (sentences.size() >= kMaxProblems) return;
  sentences.push_back(file_ + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) +
                      ": " + sentence);
}

void Problems::add(const std::string& sentence) { sentences_.push_back(file_ + ": " + sentence); }

std::optional<Node> parse_yaml(std::string_view yaml, Problems& problems) {
  if (yaml.size() > kMaxYamlBytes) {
    problems.add("expected at most 1 MiB, found more");
    return std::nullopt;
  }
  if (refuse_control_characters(yaml, problems)) return std::nullopt;
  try {
    // Without a newline at the end yaml-cpp loses the column of what is missing there.
    std::istringstream stream{std::string(yaml) + '\n'};
    YAML::Parser parser(stream);
    TreeBuilder tree;
    while (parser.HandleNextDocument(tree)) {
    }
    return tree.take();
  } catch (const Refused& refused) {
    problems.add(refused.at, refused.sentence);
  } catch (const YAML::Exception& error) {
    problems.add(position(error.mark), "not valid YAML: " + printable(error.msg, 200));
  }
  return std::nullopt;
}

}  // namespace config
