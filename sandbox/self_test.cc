#include "sandbox/self_test.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

#include "sandbox/allow_list.h"

namespace sandbox {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void does_not_hold(const std::string& what) {
  throw std::runtime_error("the sandbox does not hold: " + what +
                           "; --sandbox=off runs without that protection");
}

struct Attempt {
  std::string_view what;  // "... is still possible"
  long (*make)();         // -1 and errno when it is refused
  bool sanitizer_may = false;
};

// Each is wrong in a way that gives another error than EPERM, or does nothing, where it is not
// refused. A service manager that filters system calls too lets ordinary services do all of these,
// so none of them ends the process; ptrace(2) would.
constexpr std::array<Attempt, 7> kAttempts{{
    {"starting a program",
     [] {
       std::array<char*, 1> none{};
       return syscall(SYS_execve, "", none.data(), none.data());
     },
     true},
    {"starting a process", [] { return syscall(SYS_clone, CLONE_SIGHAND, 0, 0, 0, 0); }, true},
    {"making memory executable", [] { return syscall(SYS_mprotect, 0, 0, PROT_EXEC); }, true},
    {"signalling a process", [] { return syscall(SYS_kill, getpid(), 0); }, true},
    {"becoming root", [] { return syscall(SYS_setuid, 0); }},
    {"opening a raw socket", [] { return syscall(SYS_socket, AF_PACKET, SOCK_RAW, 0); }},
    {"writing to any file",
     [] { return syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC); }},
}};

void try_all() {
  for (const Attempt& attempt : kAttempts) {
    if (kSanitized && attempt.sanitizer_may) continue;
    // A manager that forbids a family of addresses has an error of its own for it.
    if (attempt.make() == -1 && (errno == EPERM || errno == EAFNOSUPPORT)) continue;
    does_not_hold(std::string(attempt.what) + " is still possible");
  }
}

// The fields of a status file in proc(5); the values without the white space before them.
std::map<std::string, std::string> read_status(const fs::path& file) {
  std::map<std::string, std::string> fields;
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    const auto colon = line.find(':');
    const auto value = line.find_first_not_of(" \t", colon + 1);
    if (value != std::string::npos) fields[line.substr(0, colon)] = line.substr(value);
  }
  return fields;
}

void check_thread(const fs::path& status, const Expected& expected) {
  const auto fields = read_status(status);
  const auto number = [&](const char* name, int base) {
    std::uint64_t value = 0;
    const auto field = fields.find(name);
    if (field == fields.end()) does_not_hold(std::string("/proc does not tell its ") + name);
    std::from_chars(field->second.data(), field->second.data() + field->second.size(), value, base);
    return value;
  };
  for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"}) {
    const bool bounding = std::string_view(set) == "CapBnd";
    if (bounding && !expected.bounding_set_is_empty) continue;
    const bool kept = std::string_view(set) == "CapPrm" || std::string_view(set) == "CapEff";
    if (number(set, 16) != (kept ? expected.capabilities : 0)) {
      does_not_hold("capabilities are left in " + std::string(set));
    }
  }
  if (number("NoNewPrivs", 10) != 1) does_not_hold("a program could gain privileges");
  if (number("Seccomp", 10) != 2) does_not_hold("no filter of system calls is there");
  if (expected.uid && number("Uid", 10) != *expected.uid) does_not_hold("the user is another");
}

}  // namespace

void self_test(const Expected& expected) {
  try_all();
  std::error_code error;
  std::size_t threads = 0;
  for (const auto& thread : fs::directory_iterator("/proc/self/task", error)) {
    // ThreadSanitizer's own thread began before all else.
    if (kSanitized && thread.path().filename() != std::to_string(gettid())) continue;
    check_thread(thread.path() / "status", expected);
    ++threads;
  }
  if (threads == 0) does_not_hold("/proc does not tell what it is like");
}

}  // namespace sandbox
