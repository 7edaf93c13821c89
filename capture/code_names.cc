#include "capture/code_names.h"

#include <algorithm>
#include <utility>

#include "capture/host_and_path.h"
#include "capture/service.h"

namespace capture {
namespace {

const std::string* find(const std::vector<CodeName>& codes, websocket::CloseCode code) {
  const auto found = std::ranges::find(codes, code, &CodeName::code);
  return found == codes.end() ? nullptr : &found->name;
}

bool applies(const CodeProfile& profile, const CodeContext& connection) {
  const auto any = [](const auto& criteria, auto&& is_met) {
    return criteria.empty() || std::ranges::any_of(criteria, is_met);
  };
  return any(profile.subprotocols,
             [&](const std::string& wanted) { return wanted == connection.subprotocol; }) &&
         any(profile.hosts,
             [&](const std::string& wanted) {
               return host_matches(wanted, normal_host(connection.host));
             }) &&
         any(profile.paths,
             [&](const std::string& wanted) { return path_matches(wanted, connection.path); });
}

}  // namespace

std::vector<CodeProfile> built_in_code_profiles() {
  return {{.name = "graphql-transport-ws",
           .subprotocols = {"graphql-transport-ws"},
           .hosts = {},
           .paths = {},
           .codes = {{4400, "BadRequest"},
                     {4401, "Unauthorized"},
                     {4403, "Forbidden"},
                     {4406, "SubprotocolNotAcceptable"},
                     {4408, "ConnectionInitialisationTimeout"},
                     {4409, "SubscriberAlreadyExists"},
                     {4429, "TooManyInitialisationRequests"},
                     {4500, "InternalServerError"},
                     {4504, "ConnectionAcknowledgementTimeout"}}}};
}

CodeNames::CodeNames() : CodeNames({}, {}) {}

CodeNames::CodeNames(const std::vector<ServiceRule>& services, std::vector<CodeProfile> profiles)
    : profiles_(std::move(profiles)) {
  for (const ServiceRule& rule : services) {
    if (!rule.codes.empty()) services_.push_back({rule.name, rule.codes});
  }
  for (CodeProfile& profile : built_in_code_profiles()) profiles_.push_back(std::move(profile));
  for (CodeProfile& profile : profiles_) {
    for (std::string& host : profile.hosts) host = normal_host(host);
  }
}

std::string_view CodeNames::name(websocket::CloseCode code, const CodeContext& connection) const {
  for (const ServiceCodes& service : services_) {
    if (service.service != connection.service) continue;
    if (const std::string* found = find(service.codes, code)) return *found;
  }
  for (const CodeProfile& profile : profiles_) {
    const std::string* found = find(profile.codes, code);
    if (found && applies(profile, connection)) return *found;
  }
  return websocket::registered_name(code);
}

std::vector<CodeName> CodeNames::all() const {
  std::vector<CodeName> codes;
  for (const ServiceCodes& service : services_) {
    codes.insert(codes.end(), service.codes.begin(), service.codes.end());
  }
  for (const CodeProfile& profile : profiles_) {
    codes.insert(codes.end(), profile.codes.begin(), profile.codes.end());
  }
  return codes;
}

}  // namespace capture
