#ifndef CLOSEWATCH_SANDBOX_SELF_TEST_H_
#define CLOSEWATCH_SANDBOX_SELF_TEST_H_

#include <cstdint>
#include <optional>

#include "sandbox/capabilities.h"

namespace sandbox {

// What must hold besides what always must.
struct Expected {
  std::optional<std::uint32_t> uid{};  // of the user that the process became
  CapabilitySet capabilities = 0;      // that were kept
  bool bounding_set_is_empty = true;
};

// Tries in this process what must be refused now, and reads what the kernel says of each of its
// threads. Throws std::runtime_error with one sentence about the first thing that does not hold.
// Nothing that it tries does harm when it is not refused.
void self_test(const Expected& expected);

}  // namespace sandbox

#endif  // CLOSEWATCH_SANDBOX_SELF_TEST_H_
