#include "sandbox/user.h"

#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace sandbox {
namespace {

std::optional<User> find(const std::string& name) {
  const passwd* found = getpwnam(name.c_str());
  if (found == nullptr) return std::nullopt;
  return User{.name = name, .uid = found->pw_uid, .gid = found->pw_gid};
}

User user_named(const std::string& name) {
  if (const auto user = find(name)) return *user;
  throw std::runtime_error("there is no user " + name + " to become; see --user");
}

}  // namespace

std::optional<User> user_to_become(const std::string& name) {
  if (geteuid() == 0) {
    const auto own = name.empty() ? find("closewatch") : std::nullopt;
    const User user = own ? *own : user_named(name.empty() ? "nobody" : name);
    if (user.uid == 0) return std::nullopt;
    return user;
  }
  if (!name.empty() && user_named(name).uid != geteuid()) {
    throw std::runtime_error("only root can become the user " + name + "; leave out --user");
  }
  return std::nullopt;
}

void become(const User& user) {
  prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
  if (initgroups(user.name.c_str(), user.gid) != 0 ||
      setresgid(user.gid, user.gid, user.gid) != 0 ||
      setresuid(user.uid, user.uid, user.uid) != 0) {
    throw std::runtime_error("cannot become the user " + user.name + ": " + std::strerror(errno) +
                             "; --user root stays root, without capabilities");
  }
  prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0);
}

}  // namespace sandbox
