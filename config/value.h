#ifndef CLOSEWATCH_CONFIG_VALUE_H_
#define CLOSEWATCH_CONFIG_VALUE_H_

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "config/listen_address.h"
#include "config/node.h"
#include "config/quantity.h"

namespace config {

// A value of the configuration on its way into a struct: it knows its key's full name and where it
// stands, so that each thing that is wrong with it becomes one sentence. Reading returns nothing,
// or changes nothing, once it has complained. Borrows the node and the problems.
class Value {
 public:
  Value(const Node& node, Problems& problems) : node_(node), problems_(problems) {}

  const std::string& key() const { return key_; }
  Position at() const { return node_.at; }
  Node::Kind kind() const { return node_.kind; }

  std::optional<bool> boolean() const;  // true or false
  std::optional<std::uint64_t> number(std::uint64_t least, std::uint64_t most) const;
  std::optional<std::uint64_t> size(std::uint64_t least, std::uint64_t most) const;
  std::optional<websocket::Duration> duration(websocket::Duration least,
                                              websocket::Duration most) const;
  // The same, or 0.
  std::optional<websocket::Duration> duration_or_never(websocket::Duration least,
                                                       websocket::Duration most) const;
  std::optional<double> decimal(double least, double most) const;  // "2.5"
  std::optional<double> share() const;                             // "5%" or 0.05: 0 to 1
  std::optional<ListenAddress> listen_address() const;
  // Text that satisfies `is_valid`; `what` says what that is, for people.
  std::optional<std::string> text(std::string_view what, bool (*is_valid)(std::string_view)) const;
  // The index of the text among `words`.
  std::optional<std::size_t> one_of(std::span<const std::string_view> words) const;

  // Calls `read(const Value&)` for each item. Nothing at all counts as an empty list.
  template <class Read>
  void each_item(std::string_view what, Read&& read) const {
    if (!is_list(what)) return;
    for (std::size_t i = 0; i < node_.items.size(); ++i) {
      read(Value(node_.items[i], key_ + "[" + std::to_string(i) + "]", problems_));
    }
  }

  // Calls `read(const Value& key, const Value& value)` for each entry of a mapping
  // whose keys are not known beforehand. Nothing at all counts as an empty mapping.
  template <class Read>
  void each_entry(std::string_view what, Read&& read) const {
    if (!is_mapping(what)) return;
    for (std::size_t i = 0; i < node_.keys.size(); ++i) {
      if (is_repeated(i)) continue;
      read(Value(node_.keys[i], key_, problems_), Value(node_.items[i], key_of(i), problems_));
    }
  }

  // Calls `read(index, const Value&)` for each entry, `index` that of its key in `names`;
  // complains of the keys that are not there.
  template <class Read>
  void each_known(std::span<const std::string_view> names, Read&& read) const {
    if (!is_mapping("a mapping of keys to values")) return;
    for (std::size_t i = 0; i < node_.keys.size(); ++i) {
      if (is_repeated(i)) continue;
      if (const std::optional<std::size_t> index = known(i, names)) {
        read(*index, Value(node_.items[i], key_of(i), problems_));
      }
    }
  }

  // The value of a key of a mapping, unless it is nothing at all.
  std::optional<Value> find(std::string_view key) const;
  bool has(std::string_view key) const { return find(key).has_value(); }
  // Complains of a mapping that has no value for the key.
  void require(std::string_view key) const;
  // Is it a list or mapping without a single item, or nothing at all?
  bool is_empty() const { return node_.kind != Node::Kind::scalar && node_.items.empty(); }

  // "KEY: expected WHAT, found FOUND", at the value.
  void expected(std::string_view what) const;
  // "KEY: SENTENCE", at the value.
  void complain(std::string_view sentence) const;
  // The same, but the value is taken.
  void warn(std::string_view sentence) const;

 private:
  Value(const Node& node, std::string key, Problems& problems)
      : node_(node), key_(std::move(key)), problems_(problems) {}

  bool is_list(std::string_view what) const;
  bool is_mapping(std::string_view what) const;
  bool is_repeated(std::size_t index) const;
  std::string key_of(std::size_t index) const;
  std::optional<std::size_t> known(std::size_t index,
                                   std::span<const std::string_view> names) const;
  std::string found() const;
  std::string about(std::string_view sentence) const;

  const Node& node_;
  std::string key_;
  Problems& problems_;
};

// One row of a table of keys: how the value of a key gets into a `Target`.
template <class Target>
struct Key {
  std::string_view name;
  void (*read)(const Value& value, Target& target);
};

// Reads a mapping by its table of keys.
template <class Target, std::size_t N>
void read_mapping(const Value& value, const std::array<Key<Target>, N>& keys, Target& target) {
  std::array<std::string_view, N> names;
  for (std::size_t i = 0; i < N; ++i) names[i] = keys[i].name;
  value.each_known(names,
                   [&](std::size_t index, const Value& item) { keys[index].read(item, target); });
}

// Text from outside for a sentence: in quotes, cut short, without bytes a terminal would obey.
std::string quoted(std::string_view text);

}  // namespace config

#endif  // CLOSEWATCH_CONFIG_VALUE_H_
