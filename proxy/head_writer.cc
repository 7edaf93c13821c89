#include "proxy/head_writer.h"

#include <algorithm>
#include <utility>

#include "websocket/http_head.h"

namespace proxy {
namespace {

using websocket::equals_ignoring_case;

constexpr std::string_view kLineEnd = "\r\n";

}  // namespace

HeadWriter::HeadWriter(std::string start_line, const HeaderRules& rules)
    : text_(std::move(start_line)), rules_(rules) {
  text_ += kLineEnd;
}

void HeadWriter::add(std::string_view name, std::string_view value) {
  if (!is_ruled(name)) append(name, value);
}

void HeadWriter::add_host(std::string_view host) {
  const auto set = std::ranges::find_if(
      rules_.set, [](const auto& rule) { return equals_ignoring_case(rule.first, "Host"); });
  append("Host", set == rules_.set.end() ? host : std::string_view{set->second});
}

std::string HeadWriter::finish() {
  for (const auto& [name, value] : rules_.set) {
    if (!equals_ignoring_case(name, "Host")) append(name, value);
  }
  text_ += kLineEnd;
  return std::move(text_);
}

bool HeadWriter::is_ruled(std::string_view name) const {
  const auto names = [name](std::string_view ruled) { return equals_ignoring_case(ruled, name); };
  return std::ranges::any_of(rules_.remove, names) ||
         std::ranges::any_of(rules_.set, [&](const auto& rule) { return names(rule.first); });
}

void HeadWriter::append(std::string_view name, std::string_view value) {
  text_.append(name).append(": ").append(value).append(kLineEnd);
}

}  // namespace proxy
