#ifndef CLOSEWATCH_SANDBOX_USER_H_
#define CLOSEWATCH_SANDBOX_USER_H_

#include <cstdint>
#include <optional>
#include <string>

namespace sandbox {

struct User {
  std::string name;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
};

// The user that the process is to become, or nothing when it stays who it is; `name` as in Options.
// Throws std::runtime_error.
std::optional<User> user_to_become(const std::string& name);

// Takes the user's groups, and its ids as the real, effective and saved ones. Capabilities stay
// permitted. Throws std::runtime_error.
void become(const User& user);

}  // namespace sandbox

#endif  // CLOSEWATCH_SANDBOX_USER_H_
