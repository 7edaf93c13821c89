#ifndef CLOSEWATCH_SANDBOX_SANDBOX_H_
#define CLOSEWATCH_SANDBOX_SANDBOX_H_

#include <cstdint>
#include <string>

namespace sandbox {

// What is done inside, which decides what is allowed.
//
// A system call that is not allowed ends read_savefile and capture_live: a report or a counter that
// lacks what a call refused would have given is wrong without saying so, and whoever needs such a
// call is most likely an intruder. For proxy it fails with EPERM, for ending the process would end
// every connection that goes through it.
enum class Profile : std::uint8_t { read_savefile, capture_live, proxy };

struct Options {
  Profile profile = Profile::read_savefile;
  // Whom root becomes; empty: `closewatch` if there is such a user, else `nobody`. "root" stays
  // root, without its capabilities.
  std::string user{};
  // Names are looked up and connections opened. The proxy does always.
  bool connects = false;
  // Files are opened to append to them, as an event log that is rotated.
  bool appends_to_files = false;
  // Ports below 1024 are bound later, too: CAP_NET_BIND_SERVICE stays, if it is there.
  bool binds_low_ports = false;
};

// Gives up what the process does not need any more, for good: root's user and groups, capabilities,
// gaining privileges by execve, being dumped or traced, and every system call that the profile does
// not need. Then tries what must fail now. Throws std::runtime_error with one sentence when any of
// it cannot be done or does not hold; the process is then to end.
//
// What it needs must be open. REQUIRES: no other thread runs yet; the kernel has capabilities for
// each thread.
void enter(const Options& options);

}  // namespace sandbox

#endif  // CLOSEWATCH_SANDBOX_SANDBOX_H_
