#include <array>

#include "capture/explain.h"

namespace capture {
namespace {

constexpr std::string_view kRunbook = "deploy/runbooks, the page with its name";
constexpr std::string_view kProgram = "The programs themselves and the rules for Prometheus.";

constexpr auto kAlerts = std::to_array<Explanation>({
    {"WebSocketMassDisconnect", "Many connections ended with 1006 within 5 minutes.", kProgram,
     "a server that crashed or was killed; a load balancer that was restarted; a network",
     kRunbook},
    {"WebSocketServerErrors", "Servers close with 1011.", kProgram,
     "exceptions in handlers; backends that are gone; pings without answers", kRunbook},
    {"WebSocketAbnormalCloseBurnFast",
     "So many ends are abnormal that the budget of 2 % burns 14.4 times too fast.", kProgram,
     "an incident that goes on", kRunbook},
    {"WebSocketAbnormalCloseBurnSlow",
     "So many ends are abnormal that the budget of 2 % burns 6 times too fast, for hours.",
     kProgram, "an idle timeout; a bad release; a network of clients", kRunbook},
    {"WebSocketReconnectStorm", "Five times as many connections open as usual.", kProgram,
     "clients that reconnect without a pause; connections that were lost a moment before",
     kRunbook},
    {"WebSocketOpeningHandshakeFailures", "Many opening handshakes do not open.", kProgram,
     "an upstream that is down; tokens that are over; a limit that was reached", kRunbook},
    {"WebSocketClosingHandshakesUnanswered", "Many Closes get no answer.", kProgram,
     "servers that end TCP at once; a proxy that loses the answer", kRunbook},
    {"WebSocketMassClosure", "Many connections ended abnormally at the same moment.", kProgram,
     "one server, proxy or network between all of them", kRunbook},
});

}  // namespace

std::span<const Explanation> explained_alerts() { return kAlerts; }

}  // namespace capture
