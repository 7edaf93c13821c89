#ifndef CLOSEWATCH_CONFIG_FIELDS_H_
#define CLOSEWATCH_CONFIG_FIELDS_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/member.h"
#include "config/value.h"

namespace config {

// Readers for tables of Key, each made for one field of a struct:
//   {"max_flows", field<&Limits::max_flows, number<1, 100'000'000>>}

// The field is left as it is when the value was refused.
template <auto Member, auto Parse>
void field(const Value& value, typename MemberOf<decltype(Member)>::object& object) {
  using Field = typename MemberOf<decltype(Member)>::field;
  if (auto parsed = Parse(value)) object.*Member = static_cast<Field>(*std::move(parsed));
}

template <std::uint64_t Least, std::uint64_t Most>
std::optional<std::uint64_t> number(const Value& value) {
  return value.number(Least, Most);
}

template <std::uint64_t Least, std::uint64_t Most>
std::optional<std::uint64_t> size(const Value& value) {
  return value.size(Least, Most);
}

template <std::int64_t LeastMilliseconds, std::int64_t MostMilliseconds>
std::optional<websocket::Duration> duration(const Value& value) {
  return value.duration(std::chrono::milliseconds{LeastMilliseconds},
                        std::chrono::milliseconds{MostMilliseconds});
}

inline std::optional<ListenAddress> listen_address(const Value& value) {
  return value.listen_address();
}

inline std::optional<bool> boolean(const Value& value) { return value.boolean(); }

// One of `Words`, the enumerators of `Enum` in their order.
template <class Enum, const auto& Words>
std::optional<Enum> word(const Value& value) {
  const std::optional<std::size_t> index = value.one_of(Words);
  return index ? std::optional(static_cast<Enum>(*index)) : std::nullopt;
}

// A list; what each of its items is, `ParseItem` says.
template <auto ParseItem>
auto list(const Value& value) {
  using Item = typename decltype(ParseItem(value))::value_type;
  std::optional<std::vector<Item>> items(std::in_place);
  value.each_item("a list", [&](const Value& item) {
    if (auto parsed = ParseItem(item)) items->push_back(*std::move(parsed));
  });
  return items;
}

// Another table of keys for a field that is a struct.
template <auto Member, const auto& Keys>
void section(const Value& value, typename MemberOf<decltype(Member)>::object& object) {
  read_mapping(value, Keys, object.*Member);
}

}  // namespace config

#endif  // CLOSEWATCH_CONFIG_FIELDS_H_
