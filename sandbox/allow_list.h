#ifndef CLOSEWATCH_SANDBOX_ALLOW_LIST_H_
#define CLOSEWATCH_SANDBOX_ALLOW_LIST_H_

#include "sandbox/filter.h"
#include "sandbox/sandbox.h"

namespace sandbox {

// True in a build whose sanitizer forks, traces and starts programs to report what it found. Then
// that is allowed, or the first thing a report would show is the sandbox.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif
#else
inline constexpr bool kSanitized = false;
#endif

// What the profile needs, with the C library, libpcap, OpenSSL and Asio as Debian 12 has them.
AllowList allow_list(const Options& options);

// Lets a second filter be loaded after the one that has this rule.
Rule second_filter();

}  // namespace sandbox

#endif  // CLOSEWATCH_SANDBOX_ALLOW_LIST_H_
