#ifndef CLOSEWATCH_SANDBOX_CAPABILITIES_H_
#define CLOSEWATCH_SANDBOX_CAPABILITIES_H_

#include <cstdint>

namespace sandbox {

// Bits as in /proc/self/status.
using CapabilitySet = std::uint64_t;
inline constexpr CapabilitySet kBindService = CapabilitySet{1} << 10U;  // CAP_NET_BIND_SERVICE

// False when this process may not (it needs CAP_SETPCAP): an ordinary user's bounding set stays,
// which gives nothing where execve gains no privileges.
bool empty_bounding_set();

// Drops all capabilities but those of `wanted` that are permitted, which are effective then.
// Returns what is left. Throws std::runtime_error.
CapabilitySet keep_only(CapabilitySet wanted);

}  // namespace sandbox

#endif  // CLOSEWATCH_SANDBOX_CAPABILITIES_H_
