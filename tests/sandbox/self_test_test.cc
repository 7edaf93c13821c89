// The self-test must be able to say no.

#include "sandbox/self_test.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "sandbox/allow_list.h"

namespace sandbox {
namespace {

// Runs `prepare` and then the self-test in a process of its own; what it said.
template <class Prepare>
std::string tested(Prepare prepare, const Expected& expected = {}) {
  int ends[2];
  if (pipe(ends) != 0) return "no pipe";
  const pid_t child = fork();
  if (child == 0) {
    std::string said = "holds";
    try {
      prepare();
      self_test(expected);
    } catch (const std::exception& error) {
      said = error.what();
    }
    _exit(write(ends[1], said.data(), said.size()) > 0 ? 0 : 1);
  }
  close(ends[1]);
  std::string said(1024, '\0');
  const ssize_t count = read(ends[0], said.data(), said.size());
  said.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  close(ends[0]);
  waitpid(child, nullptr, 0);
  return said;
}

std::string still_possible(const std::string& what) {
  return "the sandbox does not hold: " + what +
         " is still possible; --sandbox=off runs without that protection";
}

// The list of a proxy with one rule more, or none.
void filter_with(std::initializer_list<Rule> more) {
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  AllowList list = allow_list({.profile = Profile::proxy});
  list.insert(list.end(), more);
  Filter{list, kRefuse}.load();
}

TEST(SelfTest, RefusesWhereThereIsNoSandbox) {
  const std::string first = kSanitized ? "writing to any file" : "starting a program";
  if (kSanitized) GTEST_SKIP() << "what it tries first depends on the user";
  EXPECT_EQ(tested([] {}), still_possible(first));
}

TEST(SelfTest, FindsEachActThatIsAllowed) {
  const struct {
    int system_call;
    const char* what;
    bool sanitizer_may;
  } holes[] = {
      {SCMP_SYS(execve), "starting a program", true},
      {SCMP_SYS(clone), "starting a process", true},
      {SCMP_SYS(mprotect), "making memory executable", true},
      {SCMP_SYS(kill), "signalling a process", true},
      {SCMP_SYS(openat), "writing to any file", false},
  };
  for (const auto& hole : holes) {
    if (kSanitized && hole.sanitizer_may) continue;
    EXPECT_EQ(tested([&] { filter_with({{.system_call = hole.system_call}}); }),
              still_possible(hole.what));
  }
}

TEST(SelfTest, FindsWhatOnlyRootMay) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  EXPECT_EQ(tested([] { filter_with({{.system_call = SCMP_SYS(setuid)}}); }),
            still_possible("becoming root"));
  EXPECT_EQ(tested([] { filter_with({{.system_call = SCMP_SYS(socket)}}); }),
            still_possible("opening a raw socket"));
}

TEST(SelfTest, FindsCapabilitiesThatAreLeft) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  EXPECT_EQ(tested([] { filter_with({}); }),
            "the sandbox does not hold: capabilities are left in CapPrm; --sandbox=off runs "
            "without that protection");
  EXPECT_EQ(tested([] {
              keep_only(0);
              filter_with({});
            }),
            "the sandbox does not hold: capabilities are left in CapBnd; --sandbox=off runs "
            "without that protection");
}

TEST(SelfTest, FindsAnotherUser) {
  const Expected expected{.uid = geteuid() + 1, .bounding_set_is_empty = false};
  EXPECT_EQ(
      tested(
          [] {
            keep_only(0);
            filter_with({});
          },
          expected),
      "the sandbox does not hold: the user is another; --sandbox=off runs without that protection");
}

}  // namespace
}  // namespace sandbox
