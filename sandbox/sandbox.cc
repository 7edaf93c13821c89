#include "sandbox/sandbox.h"

#include <sys/prctl.h>

#include <optional>

#include "sandbox/allow_list.h"
#include "sandbox/capabilities.h"
#include "sandbox/filter.h"
#include "sandbox/self_test.h"
#include "sandbox/user.h"

namespace sandbox {
namespace {

// The first filter refuses with EPERM, so that the process itself can try what must fail and live.
// Of two filters the kernel takes the harsher answer: the second one ends whoever does it again.
void filter_system_calls(const Options& options, const Expected& expected) {
  const bool ends = options.profile != Profile::proxy;
  AllowList first = allow_list(options);
  if (ends) first.push_back(second_filter());
  const Filter refuses{first, kRefuse};
  const Filter kills{allow_list(options), kEnd};
  refuses.load();
  self_test(expected);
  if (ends) kills.load();
}

}  // namespace

void enter(const Options& options) {
  Expected expected;
  const std::optional<User> user = user_to_become(options.user);
  expected.bounding_set_is_empty = empty_bounding_set();
  if (user) become(*user);
  expected.capabilities = keep_only(options.binds_low_ports ? kBindService : 0);
  if (user) expected.uid = user->uid;
  // No execve can give anything back, which also is what the filter requires.
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  filter_system_calls(options, expected);
}

}  // namespace sandbox
