#ifndef CLOSEWATCH_CAPTURE_CONFIG_VALUE_H_
#define CLOSEWATCH_CAPTURE_CONFIG_VALUE_H_

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "capture/config_node.h"
#include "capture/quantity.h"

namespace capture {

// A value of the configuration on its way into a struct: it knows its key's full name and where it
// stands, so that each thing that is wrong with it becomes one sentence. Reading returns nothing,
// or changes nothing, once it has complained. Borrows the node and the problems.
class ConfigValue {
 public:
  ConfigValue(const ConfigNode& node, ConfigProblems& problems)
      : node_(node), problems_(problems) {}

  const std::string& key() const { return key_; }
  Position at() const { return node_.at; }

  std::optional<std::uint64_t> number(std::uint64_t least, std::uint64_t most) const;
  std::optional<std::uint64_t> size(std::uint64_t least, std::uint64_t most) const;
  std::optional<websocket::Duration> duration(websocket::Duration least,
                                              websocket::Duration most) const;
  std::optional<ListenAddress> listen_address() const;
  // Text that satisfies `is_valid`; `what` says what that is, for people.
  std::optional<std::string> text(std::string_view what, bool (*is_valid)(std::string_view)) const;
  // The index of the text among `words`.
  std::optional<std::size_t> one_of(std::span<const std::string_view> words) const;

  // Calls `read(const ConfigValue&)` for each item. Nothing at all counts as an empty list.
  template <class Read>
  void each_item(std::string_view what, Read&& read) const {
    if (!is_list(what)) return;
    for (std::size_t i = 0; i < node_.items.size(); ++i) {
      read(ConfigValue(node_.items[i], key_ + "[" + std::to_string(i) + "]", problems_));
    }
  }

  // Calls `read(const ConfigValue& key, const ConfigValue& value)` for each entry of a mapping
  // whose keys are not known beforehand. Nothing at all counts as an empty mapping.
  template <class Read>
  void each_entry(std::string_view what, Read&& read) const {
    if (!is_mapping(what)) return;
    for (std::size_t i = 0; i < node_.keys.size(); ++i) {
      if (is_repeated(i)) continue;
      read(ConfigValue(node_.keys[i], key_, problems_),
           ConfigValue(node_.items[i], key_of(i), problems_));
    }
  }

  // Calls `read(index, const ConfigValue&)` for each entry, `index` that of its key in `names`;
  // complains of the keys that are not there.
  template <class Read>
  void each_known(std::span<const std::string_view> names, Read&& read) const {
    if (!is_mapping("a mapping of keys to values")) return;
    for (std::size_t i = 0; i < node_.keys.size(); ++i) {
      if (is_repeated(i)) continue;
      if (const std::optional<std::size_t> index = known(i, names)) {
        read(*index, ConfigValue(node_.items[i], key_of(i), problems_));
      }
    }
  }

  // Is this a mapping with this key and a value for it?
  bool has(std::string_view key) const;

  // "KEY: expected WHAT, found FOUND", at the value.
  void expected(std::string_view what) const;
  // "KEY: SENTENCE", at the value.
  void complain(std::string_view sentence) const;

 private:
  ConfigValue(const ConfigNode& node, std::string key, ConfigProblems& problems)
      : node_(node), key_(std::move(key)), problems_(problems) {}

  bool is_list(std::string_view what) const;
  bool is_mapping(std::string_view what) const;
  bool is_repeated(std::size_t index) const;
  std::string key_of(std::size_t index) const;
  std::optional<std::size_t> known(std::size_t index,
                                   std::span<const std::string_view> names) const;
  std::string found() const;

  const ConfigNode& node_;
  std::string key_;
  ConfigProblems& problems_;
};

// One row of a table of keys: how the value of a key gets into a `Target`.
template <class Target>
struct ConfigKey {
  std::string_view name;
  void (*read)(const ConfigValue& value, Target& target);
};

// Reads a mapping by its table of keys.
template <class Target, std::size_t N>
void read_mapping(const ConfigValue& value, const std::array<ConfigKey<Target>, N>& keys,
                  Target& target) {
  std::array<std::string_view, N> names;
  for (std::size_t i = 0; i < N; ++i) names[i] = keys[i].name;
  value.each_known(
      names, [&](std::size_t index, const ConfigValue& item) { keys[index].read(item, target); });
}

// Text from outside for a sentence: in quotes, cut short, without bytes a terminal would obey.
std::string quoted(std::string_view text);

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_CONFIG_VALUE_H_
