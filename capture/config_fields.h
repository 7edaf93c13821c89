#ifndef CLOSEWATCH_CAPTURE_CONFIG_FIELDS_H_
#define CLOSEWATCH_CAPTURE_CONFIG_FIELDS_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "capture/config_value.h"

namespace capture {

// Readers for tables of ConfigKey, each made for one field of a struct:
//   {"max_flows", field<&Limits::max_flows, number<1, 100'000'000>>}

template <class Member>
struct MemberOf;
template <class Object, class Field>
struct MemberOf<Field Object::*> {
  using object = Object;
  using field = Field;
};

// The field is left as it is when the value was refused.
template <auto Member, auto Parse>
void field(const ConfigValue& value, typename MemberOf<decltype(Member)>::object& object) {
  using Field = typename MemberOf<decltype(Member)>::field;
  if (auto parsed = Parse(value)) object.*Member = static_cast<Field>(*std::move(parsed));
}

template <std::uint64_t Least, std::uint64_t Most>
std::optional<std::uint64_t> number(const ConfigValue& value) {
  return value.number(Least, Most);
}

template <std::uint64_t Least, std::uint64_t Most>
std::optional<std::uint64_t> size(const ConfigValue& value) {
  return value.size(Least, Most);
}

template <std::int64_t LeastMilliseconds, std::int64_t MostMilliseconds>
std::optional<websocket::Duration> duration(const ConfigValue& value) {
  return value.duration(std::chrono::milliseconds{LeastMilliseconds},
                        std::chrono::milliseconds{MostMilliseconds});
}

inline std::optional<ListenAddress> listen_address(const ConfigValue& value) {
  return value.listen_address();
}

// A list; what each of its items is, `ParseItem` says.
template <auto ParseItem>
auto list(const ConfigValue& value) {
  using Item = typename decltype(ParseItem(value))::value_type;
  std::optional<std::vector<Item>> items(std::in_place);
  value.each_item("a list", [&](const ConfigValue& item) {
    if (auto parsed = ParseItem(item)) items->push_back(*std::move(parsed));
  });
  return items;
}

// Another table of keys for a field that is a struct.
template <auto Member, const auto& Keys>
void section(const ConfigValue& value, typename MemberOf<decltype(Member)>::object& object) {
  read_mapping(value, Keys, object.*Member);
}

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_CONFIG_FIELDS_H_
