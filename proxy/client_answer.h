#ifndef CLOSEWATCH_PROXY_CLIENT_ANSWER_H_
#define CLOSEWATCH_PROXY_CLIENT_ANSWER_H_

#include "proxy/client_connection.h"
#include "proxy/control_plane.h"
#include "proxy/own_answer.h"

namespace proxy {

// The answer to a request for which there was no upstream.
OwnAnswer answer_to(ConnectFailure failure);

// Sends an answer of our own and closes so that it arrives: what the client still sends is read and
// thrown away for a moment, since a connection closed with unread data is reset, and a reset can
// overtake the answer (RFC 9112 section 9.6).
Task<void> answer_and_close(ControlPlane& plane, ClientConnection& client, OwnAnswer answer);
// The second half of it.
Task<void> close_gently(ControlPlane& plane, Stream& stream);

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_CLIENT_ANSWER_H_
