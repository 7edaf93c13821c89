// The least that reading a savefile through libpcap can cost: pcap_loop with a callback that does
// nothing. What closewatch-capture takes is measured as a ratio to this.
#include <pcap/pcap.h>

#include <array>
#include <iostream>

namespace {

void ignore(u_char* /*user*/, const pcap_pkthdr* /*header*/, const u_char* /*bytes*/) {}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: pcap-loop-baseline FILE\n";
    return 2;
  }
  std::array<char, PCAP_ERRBUF_SIZE> error{};
  pcap_t* savefile = pcap_open_offline(argv[1], error.data());
  if (savefile == nullptr) {
    std::cerr << "pcap-loop-baseline: " << error.data() << '\n';
    return 1;
  }
  const int result = pcap_loop(savefile, -1, ignore, nullptr);
  if (result != 0) std::cerr << "pcap-loop-baseline: " << pcap_geterr(savefile) << '\n';
  pcap_close(savefile);
  return result == 0 ? 0 : 1;
}
