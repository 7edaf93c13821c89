#include "config/value.h"

#include <algorithm>

#include "config/nearest.h"
#include "config/printable.h"

namespace config {
namespace {

std::string range(const std::string& least, const std::string& most) {
  return "from " + least + " to " + most;
}

template <class Quantity>
std::optional<Quantity> within(std::optional<Quantity> value, Quantity least, Quantity most) {
  return value && *value >= least && *value <= most ? value : std::nullopt;
}

}  // namespace

std::string quoted(std::string_view text) { return '"' + printable(text, 60) + '"'; }

std::optional<std::uint64_t> Value::number(std::uint64_t least, std::uint64_t most) const {
  std::optional<std::uint64_t> number;
  if (!node_.quoted) number = within(parse_number(node_.text), least, most);
  if (!number) expected("a number " + range(std::to_string(least), std::to_string(most)));
  return number;
}

std::optional<std::uint64_t> Value::size(std::uint64_t least, std::uint64_t most) const {
  const auto size = within(parse_size(node_.text), least, most);
  if (!size) expected("a size " + range(size_text(least), size_text(most)));
  return size;
}

std::optional<websocket::Duration> Value::duration(websocket::Duration least,
                                                   websocket::Duration most) const {
  const auto duration = within(parse_duration(node_.text), least, most);
  if (!duration) expected("a duration " + range(duration_text(least), duration_text(most)));
  return duration;
}

std::optional<websocket::Duration> Value::duration_or_never(websocket::Duration least,
                                                            websocket::Duration most) const {
  const auto duration = parse_duration(node_.text);
  if (duration && (duration->count() == 0 || (*duration >= least && *duration <= most))) {
    return duration;
  }
  expected("0 for never or a duration " + range(duration_text(least), duration_text(most)));
  return std::nullopt;
}

std::optional<double> Value::decimal(double least, double most) const {
  const auto decimal = within(parse_decimal(node_.text), least, most);
  if (!decimal) expected("a number " + range(decimal_text(least), decimal_text(most)));
  return decimal;
}

std::optional<double> Value::share() const {
  const auto share = within(parse_share(node_.text), 0.0, 1.0);
  if (!share) expected("a share from 0% to 100%, such as 5% or 0.05");
  return share;
}

std::optional<bool> Value::boolean() const {
  const bool is_true = node_.text == "true";
  if (!node_.quoted && (is_true || node_.text == "false")) return is_true;
  expected("true or false");
  return std::nullopt;
}

std::optional<ListenAddress> Value::listen_address() const {
  std::optional<ListenAddress> address = parse_listen_address(node_.text);
  if (!address) expected(kListenAddressForm);
  return address;
}

std::optional<std::string> Value::text(std::string_view what,
                                       bool (*is_valid)(std::string_view)) const {
  if (node_.kind == Node::Kind::scalar && is_valid(node_.text)) return node_.text;
  expected(what);
  return std::nullopt;
}

std::optional<std::size_t> Value::one_of(std::span<const std::string_view> words) const {
  const auto found = std::ranges::find(words, std::string_view(node_.text));
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  std::string what;
  for (const std::string_view word : words) {
    if (!what.empty()) what += word == words.back() ? " or " : ", ";
    what += word;
  }
  expected(what);
  return std::nullopt;
}

std::optional<Value> Value::find(std::string_view key) const {
  const auto found = std::ranges::find(node_.keys, key, &Node::text);
  if (found == node_.keys.end()) return std::nullopt;
  const auto index = static_cast<std::size_t>(found - node_.keys.begin());
  if (node_.items[index].kind == Node::Kind::nothing) return std::nullopt;
  return Value(node_.items[index], key_of(index), problems_);
}

void Value::require(std::string_view key) const {
  const bool is_mapping = node_.kind == Node::Kind::mapping || node_.kind == Node::Kind::nothing;
  if (is_mapping && !has(key)) complain(std::string("expected ").append(key));
}

void Value::expected(std::string_view what) const {
  complain(std::string("expected ").append(what) + ", found " + found());
}

void Value::complain(std::string_view sentence) const { problems_.add(node_.at, about(sentence)); }

void Value::warn(std::string_view sentence) const { problems_.warn(node_.at, about(sentence)); }

std::string Value::about(std::string_view sentence) const {
  return (key_.empty() ? "" : printable(key_, 120) + ": ").append(sentence);
}

bool Value::is_list(std::string_view what) const {
  if (node_.kind == Node::Kind::list || node_.kind == Node::Kind::nothing) return true;
  expected(what);
  return false;
}

bool Value::is_mapping(std::string_view what) const {
  if (node_.kind == Node::Kind::mapping || node_.kind == Node::Kind::nothing) {
    return true;
  }
  expected(what);
  return false;
}

bool Value::is_repeated(std::size_t index) const {
  const Node& key = node_.keys[index];
  const auto first = std::ranges::find(node_.keys, key.text, &Node::text);
  if (key.kind != Node::Kind::scalar || &*first == &key) return false;
  Value(key, key_of(index), problems_)
      .complain("given twice, first on line " + std::to_string(first->at.line));
  return true;
}

std::string Value::key_of(std::size_t index) const {
  const std::string& name = node_.keys[index].text;
  return key_.empty() ? name : key_ + "." + name;
}

std::optional<std::size_t> Value::known(std::size_t index,
                                        std::span<const std::string_view> names) const {
  const Node& key = node_.keys[index];
  if (key.kind != Node::Kind::scalar) {
    Value(key, key_, problems_).expected("a key");
    return std::nullopt;
  }
  const auto found = std::ranges::find(names, std::string_view(key.text));
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());

  std::string sentence = "unknown key, ";
  if (const std::optional<std::string_view> near = nearest(key.text, names)) {
    sentence += "did you mean " + quoted(*near) + "?";
  } else {
    sentence += "expected one of";
    for (const std::string_view name : names) {
      sentence += (name == names.front() ? " " : ", ") + std::string(name);
    }
  }
  Value(key, key_of(index), problems_).complain(sentence);
  return std::nullopt;
}

std::string Value::found() const {
  switch (node_.kind) {
    case Node::Kind::nothing:
      return "nothing";
    case Node::Kind::scalar:
      return (node_.quoted && parse_number(node_.text) ? "the text " : "") + quoted(node_.text);
    case Node::Kind::list:
      return "a list";
    case Node::Kind::mapping:
      return "a mapping";
  }
  return {};
}

}  // namespace config
