// Each case runs in a process of its own, which gives up its privileges for good.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <functional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>

#include "sandbox/allow_list.h"
#include "sandbox/capabilities.h"
#include "sandbox/sandbox.h"

namespace sandbox {
namespace {

using ::testing::HasSubstr;

// How a child ended: what it wrote down before, and its signal or exit code.
struct End {
  std::string said;
  int exit_code = -1;
  int signal = 0;
};

End in_a_child(const std::function<std::string()>& act) {
  std::array<int, 2> pipe{};
  EXPECT_EQ(::pipe2(pipe.data(), O_CLOEXEC), 0);
  const pid_t child = fork();
  if (child == 0) {
    std::string said;
    try {
      said = act();
    } catch (const std::exception& error) {
      said = std::string("threw: ") + error.what();
    }
    const bool written = write(pipe[1], said.data(), said.size()) >= 0;
    _exit(written ? 0 : 1);
  }
  close(pipe[1]);
  End end;
  std::array<char, 4096> buffer{};
  for (ssize_t count = 0; (count = read(pipe[0], buffer.data(), buffer.size())) > 0;) {
    end.said.append(buffer.data(), static_cast<std::size_t>(count));
  }
  close(pipe[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status)) end.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
  return end;
}

std::string outcome(long result) { return result == -1 ? std::strerror(errno) : "done"; }

struct Act {
  const char* name;
  std::function<long()> make;
  bool sanitizer_may = false;
};

void PrintTo(const Act& act, std::ostream* out) { *out << act.name; }

long open_socket(int family, int type, int protocol) {
  return syscall(SYS_socket, family, type, protocol);
}

long open_file(const char* path, int flags) {
  return syscall(SYS_openat, AT_FDCWD, path, flags, 0600);
}

// A new process, and its end.
long start_process() {
  const long child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
  if (child == 0) _exit(0);
  return child;
}

long map(int protection, int flags, int fd) {
  return syscall(SYS_mmap, 0, 4096, protection, flags, fd, 0);
}

const std::vector<Act> kNever{
    {"execve", [] { return long{execl("/bin/true", "true", nullptr)}; }, true},
    {"a process", start_process, true},
    {"ptrace", [] { return ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); }, true},
    {"kill", [] { return long{kill(getppid(), SIGCONT)}; }, true},
    {"kill by tgkill", [] { return syscall(SYS_tgkill, 1, 1, 0); }, true},
    {"setuid", [] { return syscall(SYS_setuid, 0); }},
    {"setresuid", [] { return syscall(SYS_setresuid, 0, 0, 0); }},
    {"capset", [] { return syscall(SYS_capset, 0, 0); }},
    {"prctl", [] { return syscall(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0); }, true},
    {"another filter", [] { return syscall(SYS_seccomp, 0, 0, 0); }},
    {"a raw socket", [] { return open_socket(AF_INET, SOCK_RAW, IPPROTO_TCP); }},
    {"a packet socket", [] { return open_socket(AF_PACKET, SOCK_RAW, 0); }},
    {"a netlink socket for audit", [] { return open_socket(AF_NETLINK, SOCK_RAW, 9); }},
    {"open to write", [] { return open_file("/dev/null", O_WRONLY); }},
    {"open to read and write", [] { return open_file("/dev/null", O_RDWR); }},
    {"open to truncate", [] { return open_file("/dev/null", O_RDONLY | O_TRUNC); }},
    {"create", [] { return open_file("/tmp/closewatch-created", O_RDONLY | O_CREAT); }},
    {"unlink", [] { return syscall(SYS_unlink, "/tmp/closewatch-absent"); }},
    {"rename", [] { return syscall(SYS_rename, "/tmp/closewatch-absent", "/tmp/x"); }},
    {"chmod", [] { return syscall(SYS_chmod, "/tmp/closewatch-absent", 0777); }},
    {"mount", [] { return syscall(SYS_mount, "none", "/mnt", "tmpfs", 0, 0); }},
    {"unshare", [] { return syscall(SYS_unshare, CLONE_NEWUSER); }},
    {"bpf", [] { return syscall(SYS_bpf, 0, 0, 0); }},
    {"io_uring", [] { return syscall(SYS_io_uring_setup, 1, 0); }},
    {"memory that is written and executed",
     [] { return map(PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1); }, true},
    {"memory made executable", [] { return syscall(SYS_mprotect, 0, 0, PROT_EXEC); }, true},
    {"a higher limit",
     [] {
       const std::array<long, 2> limit{1, 1};
       return syscall(SYS_prlimit64, 0, 7, limit.data(), 0);
     },
     true},
    {"a terminal's input", [] { return syscall(SYS_ioctl, 0, 0x5412 /* TIOCSTI */, ""); }},
};

class Forbidden : public ::testing::TestWithParam<Act> {};

TEST_P(Forbidden, EndsACapture) {
  if (kSanitized && GetParam().sanitizer_may) GTEST_SKIP() << "a sanitizer needs it";
  const bool refused_mildly = std::string(GetParam().name) == "memory that is written and executed";
  for (const Profile profile : {Profile::capture_live, Profile::read_savefile}) {
    const End end = in_a_child([&] {
      enter({.profile = profile});
      return outcome(GetParam().make());
    });
    const bool is_socket = std::string(GetParam().name).find("socket") != std::string::npos;
    if (refused_mildly || (is_socket && profile == Profile::read_savefile)) {
      EXPECT_EQ(end.said, "Operation not permitted");
    } else {
      EXPECT_EQ(end.signal, SIGSYS) << end.said;
    }
  }
}

TEST_P(Forbidden, FailsInAProxy) {
  if (kSanitized && GetParam().sanitizer_may) GTEST_SKIP() << "a sanitizer needs it";
  const End end = in_a_child([&] {
    enter({.profile = Profile::proxy});
    return outcome(GetParam().make());
  });
  EXPECT_EQ(end.signal, 0);
  EXPECT_EQ(end.said, "Operation not permitted");
}

std::string test_name(const ::testing::TestParamInfo<Act>& info) {
  std::string name = info.param.name;
  for (char& letter : name)
    letter = std::isalnum(static_cast<unsigned char>(letter)) ? letter : '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Sandbox, Forbidden, ::testing::ValuesIn(kNever), test_name);

// Acts that each profile allows with these options.
struct Need {
  const char* name;
  Options options;
  std::function<long()> make;
};

long start_thread() {
  long ran = -1;
  std::thread([&] { ran = 0; }).join();
  return ran;
}

long map_a_library() {
  const int library = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  return map(PROT_READ | PROT_EXEC, MAP_PRIVATE, library);
}

const Options kSavefile{.profile = Profile::read_savefile};
const Options kLive{.profile = Profile::capture_live};
const Options kPosting{.profile = Profile::capture_live, .connects = true};
const Options kLogging{.profile = Profile::capture_live, .appends_to_files = true};
const Options kProxy{.profile = Profile::proxy};

const std::vector<Need> kNeeds{
    {"a file read", kSavefile, [] { return open_file("/proc/self/stat", O_RDONLY | O_CLOEXEC); }},
    {"a limit asked for", kSavefile, [] { return sysconf(_SC_OPEN_MAX); }},
    {"a duplicate", kSavefile, [] { return long{dup(0)}; }},
    {"memory", kSavefile,
     [] { return map(PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1); }},
    {"a thread", kLive, start_thread},
    {"an event descriptor", kLive, [] { return syscall(SYS_eventfd2, 0, 0); }},
    {"a connection", kPosting, [] { return open_socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); }},
    {"a question to a name server", kPosting, [] { return open_socket(AF_INET6, SOCK_DGRAM, 0); }},
    {"a library", kPosting, map_a_library},
    {"a log that is appended to", kLogging,
     [] { return open_file("/dev/null", O_WRONLY | O_CREAT | O_APPEND); }},
    {"a thread of the proxy", kProxy, start_thread},
    {"a connection of the proxy", kProxy, [] { return open_socket(AF_INET, SOCK_STREAM, 0); }},
    {"the addresses of this machine", kProxy, [] { return open_socket(AF_NETLINK, SOCK_RAW, 0); }},
    {"a library of the proxy", kProxy, map_a_library},
};

TEST(Allowed, Works) {
  for (const Need& need : kNeeds) {
    const End end = in_a_child([&] {
      enter(need.options);
      return outcome(need.make());
    });
    EXPECT_EQ(end.said, "done") << need.name << ", signal " << end.signal;
  }
}

TEST(Allowed, OnlyWithTheOption) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer needs some of it";
  for (const Need& need : kNeeds) {
    Options without = need.options;
    if (!without.connects && !without.appends_to_files) continue;
    without.connects = without.appends_to_files = false;
    const End end = in_a_child([&] {
      enter(without);
      return outcome(need.make());
    });
    EXPECT_NE(end.said, "done") << need.name;
  }
}

// The words of /proc/self/status that are asked for, in one line.
std::string status(std::initializer_list<const char*> fields) {
  std::ostringstream found;
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    for (const char* field : fields) {
      if (!line.starts_with(std::string(field) + ":")) continue;
      std::istringstream words(line);
      for (std::string word; words >> word;) found << word << ' ';
    }
  }
  return found.str();
}

TEST(Status, SaysThatNothingIsLeft) {
  for (const Profile profile : {Profile::read_savefile, Profile::capture_live, Profile::proxy}) {
    const End end = in_a_child([&] {
      enter({.profile = profile});
      return status({"CapInh", "CapPrm", "CapEff", "CapAmb", "NoNewPrivs", "Seccomp"});
    });
    EXPECT_EQ(end.said,
              "CapInh: 0000000000000000 CapPrm: 0000000000000000 CapEff: 0000000000000000 "
              "CapAmb: 0000000000000000 NoNewPrivs: 1 Seccomp: 2 ");
  }
}

class StartedAsRoot : public ::testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root";
  }
};

TEST_F(StartedAsRoot, BecomesTheUser) {
  const End end = in_a_child([] {
    enter({.profile = Profile::proxy, .user = "daemon"});
    return status({"Uid", "Gid", "Groups", "CapBnd", "CapEff"});
  });
  EXPECT_EQ(
      end.said,
      "Uid: 1 1 1 1 Gid: 1 1 1 1 Groups: 1 CapEff: 0000000000000000 CapBnd: 0000000000000000 ");
}

TEST_F(StartedAsRoot, BecomesSomebodyUnlessTold) {
  const passwd* own = getpwnam("closewatch");
  const passwd* wanted = own != nullptr ? own : getpwnam("nobody");
  const std::string uid = std::to_string(wanted->pw_uid) + ' ';
  const End end = in_a_child([] {
    enter({.profile = Profile::proxy});
    return status({"Uid"});
  });
  EXPECT_EQ(end.said, "Uid: " + uid + uid + uid + uid);
}

TEST_F(StartedAsRoot, StaysRootWhenTold) {
  const End end = in_a_child([] {
    enter({.profile = Profile::proxy, .user = "root"});
    return status({"Uid", "CapEff", "CapBnd"});
  });
  EXPECT_EQ(end.said, "Uid: 0 0 0 0 CapEff: 0000000000000000 CapBnd: 0000000000000000 ");
}

TEST_F(StartedAsRoot, KeepsWhatLowPortsNeed) {
  const End end = in_a_child([] {
    enter({.profile = Profile::proxy, .binds_low_ports = true});
    return status({"CapPrm", "CapEff", "CapBnd", "CapAmb"});
  });
  EXPECT_EQ(end.said,
            "CapPrm: 0000000000000400 CapEff: 0000000000000400 CapBnd: 0000000000000000 CapAmb: "
            "0000000000000000 ");
}

TEST_F(StartedAsRoot, CannotBecomeNobodyInParticular) {
  const End end = in_a_child([] {
    enter({.profile = Profile::proxy, .user = "no-such-user"});
    return std::string("entered");
  });
  EXPECT_EQ(end.said, "threw: there is no user no-such-user to become; see --user");
}

// A container may take all capabilities from its root.
TEST_F(StartedAsRoot, SaysWhenItMayNotBecomeAnother) {
  const End end = in_a_child([] {
    keep_only(0);
    enter({.profile = Profile::proxy, .user = "daemon"});
    return std::string("entered");
  });
  EXPECT_EQ(
      end.said,
      "threw: cannot become the user daemon: Operation not permitted; --user root stays root, "
      "without capabilities");
}

TEST_F(StartedAsRoot, AnOrdinaryUserKeepsOnlyTheBoundingSet) {
  const End end = in_a_child([] {
    if (setresgid(1, 1, 1) != 0 || setresuid(1, 1, 1) != 0) return std::string("not daemon");
    enter({.profile = Profile::capture_live});
    return status({"Uid", "CapPrm", "CapEff", "NoNewPrivs", "Seccomp"});
  });
  EXPECT_EQ(
      end.said,
      "Uid: 1 1 1 1 CapPrm: 0000000000000000 CapEff: 0000000000000000 NoNewPrivs: 1 Seccomp: 2 ");
}

TEST_F(StartedAsRoot, AnOrdinaryUserBecomesNobodyElse) {
  const End end = in_a_child([] {
    if (setresuid(1, 1, 1) != 0) return std::string("not daemon");
    enter({.profile = Profile::capture_live, .user = "nobody"});
    return std::string("entered");
  });
  EXPECT_EQ(end.said, "threw: only root can become the user nobody; leave out --user");
}

}  // namespace
}  // namespace sandbox
