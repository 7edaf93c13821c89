#ifndef CLOSEWATCH_SANDBOX_FILTER_H_
#define CLOSEWATCH_SANDBOX_FILTER_H_

#include <seccomp.h>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <vector>

namespace sandbox {

// The answers to a system call that no rule is about.
inline constexpr std::uint32_t kRefuse = SCMP_ACT_ERRNO(EPERM);
inline constexpr std::uint32_t kEnd = SCMP_ACT_KILL_PROCESS;

// A system call is answered with `action` where all of `where` holds for its arguments.
struct Rule {
  int system_call = 0;
  std::vector<scmp_arg_cmp> where{};
  std::uint32_t action = SCMP_ACT_ALLOW;
};
using AllowList = std::vector<Rule>;

// A filter for the kernel. Both throw std::runtime_error.
class Filter {
 public:
  Filter(const AllowList& rules, std::uint32_t otherwise);
  // For every thread, for good.
  void load() const;

 private:
  struct Release {
    void operator()(void* context) const { seccomp_release(context); }
  };
  std::unique_ptr<void, Release> context_;
};

}  // namespace sandbox

#endif  // CLOSEWATCH_SANDBOX_FILTER_H_
