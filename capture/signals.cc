#include "capture/signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>

namespace capture {

int signal_descriptor() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

int take_signal(int descriptor) {
  signalfd_siginfo taken{};
  const ssize_t size = read(descriptor, &taken, sizeof taken);
  return size == sizeof taken ? static_cast<int>(taken.ssi_signo) : 0;
}

}  // namespace capture
