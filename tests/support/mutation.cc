#include "tests/support/mutation.h"

#include <algorithm>
#include <array>
#include <functional>
#include <optional>

namespace support {
namespace {

using websocket::ObservedCode;
using websocket::Side;

ObservedCode observed(const ObservedConnection& connection, Side side) {
  return side == Side::client ? connection.outcome.client_observed
                              : connection.outcome.server_observed;
}

// The code of the first Close that this side was sent, if any.
ObservedCode code_received(const ObservedConnection& connection, Side side) {
  const websocket::CloseFrame* close = connection.facts.first_close(opposite(side));
  return close != nullptr ? close->code : std::nullopt;
}

bool same_endpoints(const ObservedConnection& a, const ObservedConnection& b) {
  return a.client == b.client && a.server == b.server;
}

std::string full_story(const ObservedConnection& connection) {
  return to_string(connection.client) + ": " + connection.verdict() + "; " +
         connection.frames(Side::client) + "; " + connection.frames(Side::server);
}

std::string full_story(const Observations& seen) {
  std::string story;
  for (const ObservedConnection& connection : seen.connections)
    story += full_story(connection) + '\n';
  return story;
}

// The untouched capture, and what it allows to be said.
class Truth {
 public:
  Truth(const Packets& packets, const TrackOptions& options) {
    track(packets, seen_, options);
    story_ = full_story(seen_);
  }

  // What `edited` says that the untouched capture does not; empty if nothing.
  std::string invented(const Observations& edited, Edit edit) const;

 private:
  std::string invented(const ObservedConnection& connection, Edit edit) const;
  std::string invented(const ObservedConnection& connection,
                       const std::vector<const ObservedConnection*>& truths, Side side,
                       Edit edit) const;

  Observations seen_;
  std::string story_;
};

std::string Truth::invented(const ObservedConnection& connection,
                            const std::vector<const ObservedConnection*>& truths, Side side,
                            Edit edit) const {
  const ObservedCode code = observed(connection, side);
  const bool known = std::ranges::any_of(truths, [&](const ObservedConnection* truth) {
    return !truth->open && observed(*truth, side) == code;
  });
  // What we doubted because of this side's own Close (it had failed the connection, and perhaps no
  // longer read) is what the other's Close says when its own is not there.
  const bool doubt_gone = connection.closes(side).empty() &&
                          std::ranges::any_of(truths, [&](const ObservedConnection* truth) {
                            return !observed(*truth, side) && code_received(*truth, side) == code;
                          });
  // Packets in the wrong order are put right, but for an answer captured before its request.
  const bool must_know = edit == Edit::swap && std::ranges::any_of(truths, [&](auto* truth) {
                           return truth->handshake == connection.handshake;
                         });
  if (!connection.open && !known && !doubt_gone && (code || must_know)) {
    return std::string{name(side)} + " observed " + full_story(connection);
  }
  for (const std::string& close : connection.closes(side)) {
    const bool sent = std::ranges::any_of(truths, [&](const ObservedConnection* truth) {
      return std::ranges::count(truth->closes(side), close) > 0;
    });
    if (!sent) return std::string{name(side)} + " sent " + close;
  }
  return {};
}

std::string Truth::invented(const ObservedConnection& connection, Edit edit) const {
  std::vector<const ObservedConnection*> truths;
  for (const ObservedConnection& truth : seen_.connections) {
    if (same_endpoints(truth, connection)) truths.push_back(&truth);
  }
  if (truths.empty()) return "a connection that is not there: " + full_story(connection);
  std::string what = invented(connection, truths, Side::client, edit);
  return what.empty() ? invented(connection, truths, Side::server, edit) : what;
}

std::string Truth::invented(const Observations& edited, Edit edit) const {
  if (edit == Edit::duplicate && full_story(edited) != story_) {
    return "a duplicate changes the story to " + full_story(edited);
  }
  if (edited.connections.size() > seen_.connections.size()) return "one connection too many";
  if (edited.handshakes.size() > seen_.handshakes.size()) return "one handshake too many";
  const auto ends =
      std::ranges::count(edited.connections, false, &ObservedConnection::counted_before);
  if (ends != edited.opened) return "connections that opened and ended differ in number";
  for (const ObservedConnection& connection : edited.connections) {
    std::string what = invented(connection, edit);
    if (!what.empty()) return what + "\ninstead of\n" + story_;
  }
  return {};
}

Packets edited(const Packets& packets, Edit edit, std::size_t i) {
  switch (edit) {
    case Edit::cut:
      return first_packets(packets, i);
    case Edit::drop:
      return without(packets, i);
    case Edit::duplicate:
      return duplicated(packets, i);
    case Edit::swap:
      return swapped(packets, i);
  }
  return packets;
}

}  // namespace

std::string to_string(const Invention& invention) {
  constexpr std::array names{"cut at packet ", "without packet ", "twice packet ",
                             "the wrong way round packet "};
  return names[static_cast<std::size_t>(invention.edit)] + std::to_string(invention.packet) + ": " +
         invention.what;
}

std::vector<Invention> inventions(const Packets& packets, const TrackOptions& options) {
  const Truth truth{packets, options};
  std::vector<Invention> found;
  for (std::size_t i = 0; i < packets.size(); ++i) {
    for (const Edit edit : {Edit::cut, Edit::drop, Edit::duplicate, Edit::swap}) {
      if (edit == Edit::swap && i + 1 == packets.size()) continue;
      Observations seen;
      track(edited(packets, edit, i), seen, options);
      std::string what = truth.invented(seen, edit);
      if (!what.empty()) found.push_back({edit, i, std::move(what)});
    }
  }
  return found;
}

}  // namespace support
