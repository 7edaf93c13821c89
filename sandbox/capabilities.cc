#include "sandbox/capabilities.h"

#include <cap-ng.h>

#include <stdexcept>

namespace sandbox {
namespace {

static_assert(kBindService == CapabilitySet{1} << CAP_NET_BIND_SERVICE);

void read_own() {
  if (capng_get_caps_process() == 0) return;
  throw std::runtime_error("cannot read the capabilities of this process");
}

}  // namespace

bool empty_bounding_set() {
  read_own();
  if (capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP) != 1) {
    return capng_have_capabilities(CAPNG_SELECT_BOUNDS) == CAPNG_NONE;
  }
  capng_clear(CAPNG_SELECT_BOUNDS);
  if (capng_apply(CAPNG_SELECT_BOUNDS) == 0) return true;
  throw std::runtime_error("cannot empty the bounding set of capabilities");
}

CapabilitySet keep_only(CapabilitySet wanted) {
  read_own();
  CapabilitySet kept = 0;
  for (unsigned capability = 0; capability < 64; ++capability) {
    const CapabilitySet bit = CapabilitySet{1} << capability;
    if ((wanted & bit) != 0 && capng_have_capability(CAPNG_PERMITTED, capability) == 1) kept |= bit;
  }
  capng_clear(CAPNG_SELECT_CAPS);
  capng_clear(CAPNG_SELECT_AMBIENT);
  for (unsigned capability = 0; capability < 64; ++capability) {
    if ((kept >> capability & 1U) == 0) continue;
    capng_updatev(CAPNG_ADD, static_cast<capng_type_t>(CAPNG_EFFECTIVE | CAPNG_PERMITTED),
                  capability, -1);
  }
  if (capng_apply(CAPNG_SELECT_AMBIENT) != 0 || capng_apply(CAPNG_SELECT_CAPS) != 0) {
    throw std::runtime_error("cannot drop the capabilities of this process");
  }
  return kept;
}

}  // namespace sandbox
