#include "metrics/code_info.h"

#include <map>
#include <string>

namespace metrics {
namespace {

using websocket::Side;

struct Info {
  std::string name;
  std::string_view code_class;
};

// A code's class as the client observes it: that of the registry.
std::string_view class_of(websocket::CloseCode code) {
  return name(websocket::classify(code, Side::client));
}

// For label values that no table names.
Info unnamed(const std::string& code) {
  if (code == "unknown") return {"Unknown", name(websocket::CodeClass::unknown)};
  if (code == "none") return {"No status code", name(websocket::CodeClass::normal)};
  if (code == "invalid") return {"Invalid code", name(websocket::CodeClass::error)};
  if (code == "3xxx") return {"Other library codes", name(websocket::CodeClass::application)};
  if (code == "4xxx") return {"Other private codes", name(websocket::CodeClass::application)};
  return {code.starts_with('3') ? "Library code" : "Private code",
          name(websocket::CodeClass::application)};
}

}  // namespace

void collect_code_info(const CodeLabels& labels, const CodeProfiles& profiles, Families& families) {
  std::map<std::string, Info> rows;
  for (const config::CodeName& row : profiles.all()) {
    rows.emplace(std::to_string(row.code), Info{row.name, class_of(row.code)});
  }
  for (std::size_t label = 0; label < labels.size(); ++label) {
    const std::string code = labels.text(static_cast<CodeLabel>(label));
    if (!code.empty()) rows.emplace(code, unnamed(code));
  }
  FamilySamples samples(family("websocket_close_code_info"));
  for (const auto& [code, info] : rows) samples.add({code, info.name, info.code_class}, 1);
  samples.move_to(families);
}

std::size_t code_info_bound(const CodeLabels& labels, const CodeProfiles& profiles) {
  std::size_t unused = 0;
  for (std::size_t label = 0; label < labels.size(); ++label) {
    if (labels.text(static_cast<CodeLabel>(label)).empty()) ++unused;
  }
  Families families;
  collect_code_info(labels, profiles, families);
  return families.front().metric.size() + unused;
}

}  // namespace metrics
