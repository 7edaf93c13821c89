#include "metrics/code_profiles.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "config/host_and_path.h"

namespace metrics {
namespace {

using config::CodeName;
using config::CodeProfile;
using websocket::CloseCode;

template <typename Matches>
bool one_of(const std::vector<std::string>& criteria, std::string_view value, Matches matches) {
  return criteria.empty() || std::ranges::any_of(criteria, [&](const std::string& criterion) {
           return matches(criterion, value);
         });
}

bool applies(const CodeProfile& profile, const CodeContext& connection) {
  return one_of(profile.services, connection.service, std::equal_to<std::string_view>{}) &&
         one_of(profile.subprotocols, connection.subprotocol, std::equal_to<std::string_view>{}) &&
         one_of(profile.hosts, connection.host,
                [](std::string_view pattern, std::string_view host) {
                  return config::host_matches(pattern, config::normal_host(host));
                }) &&
         one_of(profile.paths, connection.path, config::path_matches);
}

// https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
CodeProfile graphql_transport_ws() {
  CodeProfile profile;
  profile.name = "graphql-transport-ws";
  profile.subprotocols = {"graphql-transport-ws"};
  profile.codes = {{4400, "BadRequest"},
                   {4401, "Unauthorized"},
                   {4403, "Forbidden"},
                   {4406, "SubprotocolNotAcceptable"},
                   {4408, "ConnectionInitialisationTimeout"},
                   {4409, "SubscriberAlreadyExists"},
                   {4429, "TooManyInitialisationRequests"},
                   {4500, "InternalServerError"},
                   {4504, "ConnectionAcknowledgementTimeout"}};
  return profile;
}

}  // namespace

CodeProfiles::CodeProfiles() { profiles_.push_back(graphql_transport_ws()); }

void CodeProfiles::add(CodeProfile profile) {
  for (std::string& host : profile.hosts) host = config::normal_host(host);
  profiles_.insert(profiles_.begin() + static_cast<std::ptrdiff_t>(configured_++),
                   std::move(profile));
}

std::string_view CodeProfiles::name(CloseCode code, const CodeContext& connection) const {
  for (const CodeProfile& profile : profiles_) {
    const auto row = std::ranges::find(profile.codes, code, &CodeName::code);
    if (row != profile.codes.end() && applies(profile, connection)) return row->name;
  }
  return websocket::registered_name(code);
}

std::vector<CodeName> CodeProfiles::all() const {
  std::map<CloseCode, std::vector<std::string>> names;
  const auto note = [&names](CloseCode code, std::string_view name) {
    auto& known = names[code];
    if (std::ranges::find(known, name) == known.end()) known.emplace_back(name);
  };
  for (const auto& row : websocket::registered_codes()) note(row.code, row.name);
  for (const CodeProfile& profile : profiles_) {
    for (const CodeName& row : profile.codes) note(row.code, row.name);
  }
  std::vector<CodeName> rows;
  for (const auto& [code, known] : names) {
    CodeName& row = rows.emplace_back(CodeName{code, known.front()});
    for (std::size_t i = 1; i < known.size(); ++i) row.name += " / " + known[i];
  }
  return rows;
}

}  // namespace metrics
