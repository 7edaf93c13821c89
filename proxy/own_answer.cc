#include "proxy/own_answer.h"

#include "proxy/head_writer.h"
#include "websocket/sha1.h"

namespace proxy {

std::string_view reason_phrase(unsigned status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 421:
      return "Misdirected Request";
    case 426:
      return "Upgrade Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Unknown";
  }
}

std::string to_text(const OwnAnswer& answer) {
  const HeaderRules no_rules;
  std::string line = "HTTP/1.1 " + std::to_string(answer.status) + " ";
  HeadWriter writer{line.append(reason_phrase(answer.status)), no_rules};
  writer.add("Content-Type", "text/plain; charset=utf-8");
  writer.add("Content-Length", std::to_string(answer.sentence.size() + 1));
  if (answer.retry_after.count() > 0) {
    writer.add("Retry-After", std::to_string(answer.retry_after.count()));
  }
  if (answer.status == 426) {
    writer.add("Sec-WebSocket-Version", "13");
    writer.add("Upgrade", "websocket");
  }
  writer.add("Connection", answer.status == 426 ? "close, Upgrade" : "close");
  std::string text = writer.finish();
  if (!answer.to_head) text.append(answer.sentence).append("\n");
  return text;
}

std::string own_switching_head(const RequestHead& head, std::string_view key) {
  const HeaderRules no_rules;
  HeadWriter writer{"HTTP/1.1 101 Switching Protocols", no_rules};
  writer.add("Upgrade", "websocket");
  writer.add("Connection", "Upgrade");
  writer.add("Sec-WebSocket-Accept", websocket::accept_for(key));
  const auto offered = head.fields.elements("Sec-WebSocket-Protocol");
  if (!offered.empty()) writer.add("Sec-WebSocket-Protocol", offered.front());
  return writer.finish();
}

}  // namespace proxy
