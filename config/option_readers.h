#ifndef CLOSEWATCH_CONFIG_OPTION_READERS_H_
#define CLOSEWATCH_CONFIG_OPTION_READERS_H_

#include <string>

#include "config/command_line.h"
#include "config/listen_address.h"
#include "config/member.h"

namespace config {

// Readers for rows of options, each made for one member of a struct:
//   {{"--check-config", "", "Both", "check it, leave"}, set_flag<&Options::check_config>}

template <auto Member>
Expected set_flag(const std::string& /*value*/,
                  typename MemberOf<decltype(Member)>::object& options) {
  options.*Member = true;
  return {};
}

template <auto Member>
Expected set_file(const std::string& value, typename MemberOf<decltype(Member)>::object& options) {
  options.*Member = value;
  return value.empty() ? "the name of a file" : "";
}

// For a bool.
template <auto Member>
Expected set_on_or_off(const std::string& value,
                       typename MemberOf<decltype(Member)>::object& options) {
  options.*Member = value == "on";
  return value == "on" || value == "off" ? "" : "on or off";
}

template <auto Member>
Expected set_user(const std::string& value, typename MemberOf<decltype(Member)>::object& options) {
  options.*Member = value;
  return value.empty() ? "the name of a user" : "";
}

template <auto Member>
Expected set_listen_address(const std::string& value,
                            typename MemberOf<decltype(Member)>::object& options) {
  options.*Member = parse_listen_address(value);
  return options.*Member ? "" : std::string(kListenAddressForm);
}

// For a list.
template <auto Member>
Expected add_listen_address(const std::string& value,
                            typename MemberOf<decltype(Member)>::object& options) {
  const std::optional<ListenAddress> address = parse_listen_address(value);
  if (!address) return std::string(kListenAddressForm);
  (options.*Member).push_back(*address);
  return {};
}

}  // namespace config

#endif  // CLOSEWATCH_CONFIG_OPTION_READERS_H_
