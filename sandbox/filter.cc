#include "sandbox/filter.h"

#include <cstring>
#include <stdexcept>
#include <string>

namespace sandbox {
namespace {

[[noreturn]] void cannot_filter(int error) {
  // libseccomp says so of a kernel that knows no seccomp, and hides the kernel's own errors.
  const std::string why = error == -ECANCELED ? "the kernel refused it" : std::strerror(-error);
  throw std::runtime_error("cannot filter the system calls of this process: " + why +
                           "; --sandbox=off runs without that protection");
}

}  // namespace

Filter::Filter(const AllowList& rules, std::uint32_t otherwise)
    : context_(seccomp_init(otherwise)) {
  void* context = context_.get();
  if (context == nullptr) cannot_filter(-ENOMEM);
  seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
  seccomp_attr_set(context, SCMP_FLTATR_CTL_NNP, 0);  // is set already
  seccomp_attr_set(context, SCMP_FLTATR_API_SYSRAWRC, 1);
  int result = seccomp_attr_set(context, SCMP_FLTATR_CTL_TSYNC, 1);
  for (const Rule& rule : rules) {
    if (result != 0) break;
    if (rule.action == otherwise) continue;
    result = seccomp_rule_add_array(context, rule.action, rule.system_call,
                                    static_cast<unsigned>(rule.where.size()), rule.where.data());
  }
  if (result != 0) cannot_filter(result);
  // A binary tree; an older libseccomp tries one number after the other, which decides the same.
  seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
}

void Filter::load() const {
  if (const int result = seccomp_load(context_.get()); result != 0) cannot_filter(result);
}

}  // namespace sandbox
