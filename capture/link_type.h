#ifndef CLOSEWATCH_CAPTURE_LINK_TYPE_H_
#define CLOSEWATCH_CAPTURE_LINK_TYPE_H_

#include <array>
#include <string_view>

namespace capture {

// What pcap_datalink() returns: the DLT_ values, which for these types are the same on Linux and in
// a savefile (https://www.tcpdump.org/linktypes.html).
namespace link_type {

inline constexpr int kNull = 0;
inline constexpr int kEthernet = 1;
inline constexpr int kPpp = 9;
inline constexpr int kRaw = 12;
inline constexpr int kRawOpenBsd = 14;
inline constexpr int kRawSavefile = 101;
inline constexpr int kLoop = 108;
inline constexpr int kLinuxCooked = 113;
inline constexpr int kIpv4 = 228;
inline constexpr int kIpv6 = 229;
inline constexpr int kNflog = 239;
inline constexpr int kLinuxCookedV2 = 276;

}  // namespace link_type

struct LinkType {
  int value;
  std::string_view name;
};

// Every link type that open_link() knows.
inline constexpr std::array<LinkType, 12> kLinkTypes{{
    {link_type::kNull, "NULL"},
    {link_type::kEthernet, "EN10MB"},
    {link_type::kPpp, "PPP"},
    {link_type::kRaw, "RAW"},
    {link_type::kRawOpenBsd, "RAW"},
    {link_type::kRawSavefile, "RAW"},
    {link_type::kLoop, "LOOP"},
    {link_type::kLinuxCooked, "LINUX_SLL"},
    {link_type::kIpv4, "IPV4"},
    {link_type::kIpv6, "IPV6"},
    {link_type::kNflog, "NFLOG"},
    {link_type::kLinuxCookedV2, "LINUX_SLL2"},
}};

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_LINK_TYPE_H_
