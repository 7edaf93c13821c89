#ifndef CLOSEWATCH_CONFIG_MEMBER_H_
#define CLOSEWATCH_CONFIG_MEMBER_H_

namespace config {

// What a pointer to a member points into, and at: of `&Limits::max_flows` Limits and its type.
template <class Member>
struct MemberOf;
template <class Object, class Field>
struct MemberOf<Field Object::*> {
  using object = Object;
  using field = Field;
};

}  // namespace config

#endif  // CLOSEWATCH_CONFIG_MEMBER_H_
