#include "capture/packet_source.h"

#include <linux/filter.h>
#include <linux/if_packet.h>
#include <pcap.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <limits>
#include <string_view>
#include <thread>
#include <utility>

#include "capture/link_type.h"
#include "capture/savefile_stream.h"

namespace capture {
namespace {

constexpr std::size_t kLargestBuffer = std::numeric_limits<int>::max();

struct Call {
  PacketSource::Sink sink;
  void* context;
  int link_type;
  std::uint32_t subsecond_unit;
  int passed_on = 0;
};

void pass_on(u_char* user, const pcap_pkthdr* header, const u_char* bytes) {
  Call& call = *reinterpret_cast<Call*>(user);
  ++call.passed_on;
  const std::int64_t nanoseconds =
      std::int64_t{header->ts.tv_sec} * 1'000'000'000 + header->ts.tv_usec * call.subsecond_unit;
  call.sink(call.context, {.bytes = {bytes, header->caplen},
                           .wire_length = header->len,
                           .link_type = call.link_type,
                           .at = websocket::Time{websocket::Duration{nanoseconds}}});
}

// What libpcap's error says of a savefile it does not know.
std::string refusal(const SavefileStream& stream, std::string_view reason) {
  if (!stream.failure().empty()) return "cannot read " + stream.name() + ": " + stream.failure();
  if (stream.bytes_read() == 0) return stream.name() + " is empty";
  if (reason.find("unknown file format") != std::string_view::npos ||
      reason.starts_with("truncated")) {
    return stream.name() + " is not a capture file (pcap or pcapng)";
  }
  return "cannot read " + stream.name() + ": " + std::string{reason};
}

std::string this_program() {
  std::error_code error;
  const auto path = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? "closewatch-capture" : path.string();
}

std::string activation_failure(const std::string& name, int result, const char* reason) {
  const std::string sentence = "cannot capture on " + name + ": ";
  switch (result) {
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
      return sentence +
             "permission denied; grant CAP_NET_RAW, for instance: setcap cap_net_raw+ep " +
             this_program() + ", or run as root";
    case PCAP_ERROR_NO_SUCH_DEVICE:
      return sentence + "there is no such interface";
    case PCAP_ERROR_IFACE_NOT_UP:
      return sentence + "the interface is down";
    default:
      return sentence + (*reason != '\0' ? reason : pcap_statustostr(result));
  }
}

// On the loopback interface the kernel shows every packet as it leaves and as it arrives. libpcap
// hides the first, but it takes room in the buffer and a place in the statistics.
void ignore_outgoing(pcap_t* capture) {
  const int on = 1;
  ::setsockopt(pcap_fileno(capture), SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on);
}

// The kernel's counts are 32 bits wide and wrap.
void advance(std::uint64_t& count, unsigned now) {
  count += static_cast<std::uint32_t>(now - static_cast<std::uint32_t>(count));
}

}  // namespace

void PacketSource::CloseCapture::operator()(pcap* capture) const { pcap_close(capture); }

PacketSource::PacketSource(std::string name, std::unique_ptr<SavefileStream> stream)
    : name_(std::move(name)), stream_(std::move(stream)) {}
PacketSource::PacketSource(PacketSource&&) noexcept = default;
PacketSource::~PacketSource() = default;

PacketSource& PacketSource::operator=(PacketSource&& other) noexcept {
  PacketSource taken{std::move(other)};
  capture_.swap(taken.capture_);  // closed before the stream it reads from
  stream_.swap(taken.stream_);
  name_.swap(taken.name_);
  warning_.swap(taken.warning_);
  link_type_ = taken.link_type_;
  subsecond_unit_ = taken.subsecond_unit_;
  timeout_ = taken.timeout_;
  statistics_ = taken.statistics_;
  return *this;
}

SavefileFilter::SavefileFilter(std::string expression) : expression_(std::move(expression)) {
  if (expression_.empty()) return;
  constexpr int kLongestSnapshot = 262144;
  for (const LinkType& type : kLinkTypes) {
    const std::unique_ptr<pcap, decltype(&pcap_close)> dead{
        pcap_open_dead(type.value, kLongestSnapshot), pcap_close};
    auto program = std::make_unique<bpf_program>();
    if (!dead || pcap_compile(dead.get(), program.get(), expression_.c_str(), 1,
                              PCAP_NETMASK_UNKNOWN) != 0) {
      continue;
    }
    compiled_.push_back({type.value, {program.release(), [](bpf_program* compiled) {
                                        pcap_freecode(compiled);
                                        delete compiled;
                                      }}});
  }
}

PacketSource PacketSource::open_savefile(const std::string& path, const std::string& filter) {
  return open_savefile(Savefile{path}, SavefileFilter{filter});
}

PacketSource PacketSource::open_savefile(Savefile savefile, const SavefileFilter& filter) {
  auto stream = std::make_unique<SavefileStream>(std::move(savefile));
  const std::string name = stream->name();
  PacketSource source{name, std::move(stream)};
  std::FILE* file = source.stream_->open();
  std::array<char, PCAP_ERRBUF_SIZE> reason{};
  source.capture_.reset(
      pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, reason.data()));
  if (!source.capture_) {
    std::fclose(file);
    throw CaptureError(refusal(*source.stream_, reason.data()));
  }
  source.link_type_ = pcap_datalink(source.capture_.get());
  source.set_filter(filter);
  return source;
}

PacketSource PacketSource::open_interface(const std::string& name, const std::string& filter,
                                          const LiveOptions& options) {
  PacketSource source{name, nullptr};
  std::array<char, PCAP_ERRBUF_SIZE> reason{};
  source.capture_.reset(pcap_create(name.c_str(), reason.data()));
  if (!source.capture_) throw CaptureError("cannot capture on " + name + ": " + reason.data());
  source.activate(options);
  source.set_filter(filter);
  return source;
}

// No immediate mode: with it libpcap leaves TPACKET_V3, and a burst no longer fits into the buffer.
void PacketSource::activate(const LiveOptions& options) {
  pcap_t* capture = capture_.get();
  timeout_ = options.timeout;
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(timeout_).count();
  pcap_set_snaplen(capture, options.snapshot_length);
  pcap_set_promisc(capture, options.promiscuous ? 1 : 0);
  pcap_set_timeout(capture, static_cast<int>(milliseconds));
  pcap_set_buffer_size(capture, static_cast<int>(std::min(options.buffer_size, kLargestBuffer)));
  pcap_set_tstamp_precision(capture, PCAP_TSTAMP_PRECISION_NANO);
  const int result = pcap_activate(capture);
  if (result < 0) throw CaptureError(activation_failure(name_, result, pcap_geterr(capture)));
  std::array<char, PCAP_ERRBUF_SIZE> reason{};
  if (pcap_setnonblock(capture, 1, reason.data()) != 0) {
    throw CaptureError("cannot capture on " + name_ + ": " + reason.data());
  }
  if (name_ == "lo") ignore_outgoing(capture);
  if (name_ == "any") pcap_set_datalink(capture, link_type::kLinuxCookedV2);
  link_type_ = pcap_datalink(capture);
  if (pcap_get_tstamp_precision(capture) != PCAP_TSTAMP_PRECISION_NANO) subsecond_unit_ = 1000;
}

void PacketSource::set_filter(const SavefileFilter& filter) {
  for (const auto& [link_type, program] : filter.compiled_) {
    if (link_type == link_type_ && pcap_setfilter(capture_.get(), program.get()) == 0) return;
  }
  set_filter(filter.expression_);  // also says what is wrong with it
}

void PacketSource::set_filter(const std::string& filter) {
  if (filter.empty()) return;
  bpf_program program{};
  if (pcap_compile(capture_.get(), &program, filter.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0) {
    throw CaptureError("the filter \"" + filter + "\" cannot be used on " + name_ + ": " +
                       pcap_geterr(capture_.get()));
  }
  const int result = pcap_setfilter(capture_.get(), &program);
  pcap_freecode(&program);
  if (result != 0) {
    throw CaptureError("the filter \"" + filter + "\" cannot be set on " + name_ + ": " +
                       pcap_geterr(capture_.get()));
  }
}

int PacketSource::dispatch(int max_packets, Sink sink, void* context) {
  Call call{sink, context, link_type_, subsecond_unit_};
  const int result =
      pcap_dispatch(capture_.get(), max_packets, pass_on, reinterpret_cast<u_char*>(&call));
  if (result < 0 && result != PCAP_ERROR_BREAK) explain(pcap_geterr(capture_.get()));
  if (!is_live() && !stream_->failure().empty()) {
    warning_ = name_ + " could not be read to its end: " + stream_->failure();
  }
  return call.passed_on;
}

// libpcap could not go on. A savefile that was cut, by a full disk for instance, has simply ended.
void PacketSource::explain(const std::string& reason) {
  if (is_live()) throw CaptureError("capturing on " + name_ + " ended: " + reason);
  if (!reason.starts_with("truncated") && stream_->failure().empty()) {
    throw CaptureError("reading " + name_ + " stopped before its end: " + reason);
  }
  warning_ = name_ + " is cut in the middle of a packet; all that stands before it was read";
}

void PacketSource::wait(websocket::Duration longest) const {
  pollfd waiting{.fd = descriptor(), .events = POLLIN, .revents = 0};
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(longest).count();
  ::poll(&waiting, 1, static_cast<int>(milliseconds));
}

int PacketSource::descriptor() const { return pcap_get_selectable_fd(capture_.get()); }

// The kernel hands over a block when it is full or the timeout has passed. The new filter is the
// kernel's alone: libpcap would apply its own to what waits in the buffer too.
void PacketSource::stop() {
  sock_filter nothing{.code = BPF_RET | BPF_K, .jt = 0, .jf = 0, .k = 0};
  const sock_fprog program{.len = 1, .filter = &nothing};
  ::setsockopt(pcap_fileno(capture_.get()), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
  std::this_thread::sleep_for(2 * timeout_);
}

PacketSource::Statistics PacketSource::statistics() {
  pcap_stat now{};
  if (is_live() && pcap_stats(capture_.get(), &now) == 0) {
    advance(statistics_.received, now.ps_recv);
    advance(statistics_.dropped_by_kernel, now.ps_drop);
    advance(statistics_.dropped_by_interface, now.ps_ifdrop);
  }
  return statistics_;
}

PacketSource::Progress PacketSource::progress() const {
  if (is_live()) return {};
  return {.bytes_read = stream_->bytes_read(), .size = stream_->size()};
}

}  // namespace capture
