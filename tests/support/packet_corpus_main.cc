// Writes seeds for tests/fuzz/packet_decoder_fuzz.cc into the folder named on the command line.

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "capture/link_type.h"
#include "tests/support/packet_builder.h"

namespace {

using namespace support::layers;

struct Seed {
  std::string name;
  int link_type;
  std::vector<Octets> packets;
};

Octets segment() { return tcp({.options = {1, 1, 8, 10, 0, 0, 1, 2, 0, 0, 3, 4}}, text("hello")); }
Octets v4() { return ipv4({}, segment()); }
Octets v6() { return ipv6({}, segment()); }
Octets in_ipv4(std::uint8_t protocol, const Octets& payload) {
  return ethernet(kIpv4Type, ipv4({.protocol = protocol}, payload));
}
Octets in_ipv6(std::uint8_t next_header, const Octets& payload) {
  return ethernet(kIpv6Type, ipv6({.next_header = next_header}, payload));
}
std::vector<Octets> reversed(std::vector<Octets> packets) {
  return {packets.rbegin(), packets.rend()};
}

std::vector<Seed> seeds() {
  using namespace capture::link_type;
  const Octets extensions = ipv6_extension(
      60, {0xc2, 4, 0, 0, 0, 0x60},
      ipv6_extension(43, {1, 4},
                     ipv6_extension(6, Octets{4, 1, 1, 0, 0, 0} + Octets(16), segment())));
  return {
      {"ethernet", kEthernet, {ethernet(kIpv4Type, v4()), ethernet(kIpv6Type, v6())}},
      {"qinq_mpls",
       kEthernet,
       {ethernet(kServiceVlanType, vlan(kVlanType, vlan(kMplsType, mpls({16, 17}, v4()))))}},
      {"snap", kEthernet, {ieee_802_3(snap(kIpv4Type, v4()))}},
      {"pppoe", kEthernet, {ethernet(kPppoeType, pppoe(ppp(0x0021, v4())))}},
      {"gre",
       kEthernet,
       {in_ipv4(47, gre(0xb000, kIpv6Type, v6())),
        in_ipv4(47, gre(0x1000, 0x88be, Octets(8) + ethernet(kIpv4Type, v4())))}},
      {"pptp", kEthernet, {in_ipv4(47, gre(0x3001, 0x880b, ppp(0x0021, v4())))}},
      {"vxlan", kEthernet, {in_ipv4(17, udp(4789, vxlan(ethernet(kIpv4Type, v4()))))}},
      {"geneve",
       kEthernet,
       {in_ipv4(17, udp(6081, geneve(kEthernetType, Octets(8), ethernet(kIpv4Type, v4()))))}},
      {"extensions",
       kEthernet,
       {in_ipv6(0, extensions), in_ipv6(51, authentication(6, segment()))}},
      {"ip_in_ip", kEthernet, {in_ipv4(4, v4()), in_ipv4(41, v6()), in_ipv6(41, v6())}},
      {"fragments_v4", kRaw, ipv4_fragments({.identification = 1}, segment(), {8, 16})},
      {"fragments_v6", kRaw, reversed(ipv6_fragments({}, 1, segment(), {8, 16}))},
      {"fragments_in_tunnel", kRaw,
       ipv4_fragments({.protocol = 4, .identification = 2},
                      ipv4_fragments({.identification = 1}, segment(), {16})[0], {16})},
      {"cooked", kLinuxCooked, {cooked(kIpv4Type, v4()), cooked(4, snap(kIpv4Type, v4()))}},
      {"cooked_v2", kLinuxCookedV2, {cooked_v2(kIpv4Type, v4())}},
      {"null", kNull, {null(0x02000000, v4()), null(30, v6())}},
      {"loop", kLoop, {null(2, v4())}},
      {"nflog", kNflog, {nflog(2, v4())}},
      {"ppp", kPpp, {Octets{0xff, 3} + ppp(0x0057, v6())}},
  };
}

std::uint8_t index_of(int link_type) {
  std::uint8_t index = 0;
  while (capture::kLinkTypes[index].value != link_type) ++index;
  return index;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: packet_corpus FOLDER\n", stderr);
    return 2;
  }
  std::filesystem::create_directories(argv[1]);
  for (const Seed& seed : seeds()) {
    Octets bytes{index_of(seed.link_type)};
    for (const Octets& packet : seed.packets) {
      append16(bytes, static_cast<unsigned>(packet.size()));
      bytes.push_back(1);
      bytes = std::move(bytes) + packet;
    }
    std::ofstream out{std::filesystem::path{argv[1]} / seed.name, std::ios::binary};
    out.write(reinterpret_cast<const char*>(bytes.data()),
              static_cast<std::streamsize>(bytes.size()));
  }
  return 0;
}
