#ifndef CLOSEWATCH_CAPTURE_PACKET_SOURCE_H_
#define CLOSEWATCH_CAPTURE_PACKET_SOURCE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "capture/capture_error.h"
#include "websocket/bytes.h"

struct pcap;  // pcap_t; <pcap.h> stays in packet_source.cc
struct bpf_program;

namespace capture {

class Savefile;
class SavefileStream;

// As captured; `bytes` are valid until the sink returns. `wire_length` is the size before the
// snapshot length cut it, `link_type` a value of capture/link_type.h.
struct Packet {
  websocket::Bytes bytes;
  std::uint32_t wire_length = 0;
  int link_type = 0;
  websocket::Time at{};
};

// A libpcap expression for savefiles, compiled for every link type that is known before any of them
// is read: only here are names looked up that it may hold.
class SavefileFilter {
 public:
  // Empty for every packet. What is wrong with it is said when a savefile is opened.
  explicit SavefileFilter(std::string expression);

 private:
  friend class PacketSource;
  struct Compiled {
    int link_type;
    std::shared_ptr<bpf_program> program;
  };
  std::string expression_;
  std::vector<Compiled> compiled_;
};

// Where packets come from: a savefile or an interface, through libpcap. One thread at a time. All
// that can go wrong is a CaptureError.
class PacketSource {
 public:
  struct LiveOptions {
    int snapshot_length = 262144;  // holds BIG TCP
    std::size_t buffer_size = std::size_t{64} << 20U;
    websocket::Duration timeout = std::chrono::milliseconds{10};
    bool promiscuous = true;
  };
  // Since the capture began. The kernel counts what it dropped among what it received.
  struct Statistics {
    std::uint64_t received = 0;
    std::uint64_t dropped_by_kernel = 0;  // the buffer was full
    std::uint64_t dropped_by_interface = 0;
  };
  struct Progress {
    std::uint64_t bytes_read = 0;
    std::optional<std::uint64_t> size;  // nothing for a pipe
  };
  // Must not throw: libpcap calls it.
  using Sink = void (*)(void* context, const Packet& packet);

  // `filter` is a libpcap expression; empty for every packet. "-" is standard input.
  static PacketSource open_savefile(const std::string& path, const std::string& filter);
  // The same of a savefile that was opened before.
  static PacketSource open_savefile(Savefile savefile, const SavefileFilter& filter);
  static PacketSource open_interface(const std::string& name, const std::string& filter,
                                     const LiveOptions& options);
  PacketSource(PacketSource&&) noexcept;
  PacketSource& operator=(PacketSource&&) noexcept;
  ~PacketSource();

  // Passes on up to `max_packets` and says how many it were. A savefile: 0 only at its end. An
  // interface: what is there now, without waiting. Throws when reading cannot go on; what was
  // passed on before counts.
  int dispatch(int max_packets, Sink sink, void* context);
  template <typename Function>
  int dispatch(int max_packets, Function& function) {
    return dispatch(
        max_packets,
        [](void* context, const Packet& packet) { (*static_cast<Function*>(context))(packet); },
        const_cast<void*>(static_cast<const void*>(&function)));
  }

  // Interface only. Waits until packets are there, a signal came, or `longest` passed.
  void wait(websocket::Duration longest) const;
  // Interface only: what to poll() to wait for several at once.
  int descriptor() const;
  // Interface only. Takes in no more packets and waits until those that the kernel still holds back
  // can be dispatched: dispatch() until it gives 0.
  void stop();

  bool is_live() const { return stream_ == nullptr; }
  const std::string& name() const { return name_; }  // of the interface, or the savefile
  int link_type() const { return link_type_; }
  Statistics statistics();    // zeros for a savefile
  Progress progress() const;  // zeros for an interface
  // One sentence when a savefile ended early, in the middle of a packet for instance; else empty.
  const std::string& warning() const { return warning_; }

 private:
  struct CloseCapture {
    void operator()(pcap* capture) const;
  };

  PacketSource(std::string name, std::unique_ptr<SavefileStream> stream);
  void activate(const LiveOptions& options);
  void set_filter(const SavefileFilter& filter);
  void set_filter(const std::string& filter);
  void explain(const std::string& reason);

  std::string name_;
  std::unique_ptr<SavefileStream> stream_;  // outlives capture_, which reads from it
  std::unique_ptr<pcap, CloseCapture> capture_;
  int link_type_ = 0;
  std::uint32_t subsecond_unit_ = 1;  // of libpcap's timestamps, in nanoseconds
  websocket::Duration timeout_{};
  std::string warning_;
  Statistics statistics_;
};

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_PACKET_SOURCE_H_
