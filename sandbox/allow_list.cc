#include "sandbox/allow_list.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <initializer_list>

namespace sandbox {
namespace {

constexpr scmp_datum_t kInt = 0xffff'ffff;  // the kernel looks at these bits of an int

scmp_arg_cmp bits(unsigned argument, scmp_datum_t mask, scmp_datum_t value) {
  return {.arg = argument, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = value};
}

scmp_arg_cmp is(unsigned argument, scmp_datum_t value) { return bits(argument, kInt, value); }

void add(AllowList& list, std::initializer_list<int> system_calls) {
  for (const int system_call : system_calls) list.push_back({.system_call = system_call});
}

// One of these values of one argument.
void add(AllowList& list, int system_call, unsigned argument,
         std::initializer_list<scmp_datum_t> values) {
  for (const scmp_datum_t value : values) {
    list.push_back({.system_call = system_call, .where = {is(argument, value)}});
  }
}

// Of every C++ program that runs, waits for a lock, reads the clock and ends.
void run(AllowList& list) {
  add(list, {SCMP_SYS(brk),
             SCMP_SYS(munmap),
             SCMP_SYS(mremap),
             SCMP_SYS(madvise),
             SCMP_SYS(futex),
             SCMP_SYS(sched_yield),
             SCMP_SYS(membarrier),
             SCMP_SYS(getrandom),
             SCMP_SYS(clock_gettime),
             SCMP_SYS(clock_getres),
             SCMP_SYS(gettimeofday),
             SCMP_SYS(time),
             SCMP_SYS(nanosleep),
             SCMP_SYS(clock_nanosleep),
             SCMP_SYS(restart_syscall),
             SCMP_SYS(rt_sigaction),
             SCMP_SYS(rt_sigprocmask),
             SCMP_SYS(rt_sigreturn),
             SCMP_SYS(sigaltstack),
             SCMP_SYS(getpid),
             SCMP_SYS(gettid),
             SCMP_SYS(getuid),
             SCMP_SYS(geteuid),
             SCMP_SYS(getgid),
             SCMP_SYS(getegid),
             SCMP_SYS(getrusage),
             SCMP_SYS(getrlimit),
             SCMP_SYS(sched_getaffinity),
             SCMP_SYS(getcpu),
             SCMP_SYS(sysinfo),
             SCMP_SYS(uname),
             SCMP_SYS(exit),
             SCMP_SYS(exit_group)});
  // abort() signals itself, and nobody else.
  add(list, SCMP_SYS(tgkill), 0, {static_cast<scmp_datum_t>(getpid())});
  // A limit may be asked for, not set.
  list.push_back({.system_call = SCMP_SYS(prlimit64),
                  .where = {{.arg = 2, .op = SCMP_CMP_EQ, .datum_a = 0, .datum_b = 0}}});
}

// Memory is never made executable, but where a library of the system's is loaded, as those that
// look up names are.
void map_memory(AllowList& list, bool loads_libraries) {
  list.push_back({.system_call = SCMP_SYS(mmap), .where = {bits(2, PROT_EXEC, 0)}});
  list.push_back({.system_call = SCMP_SYS(mprotect), .where = {bits(2, PROT_EXEC, 0)}});
  if (loads_libraries) {
    list.push_back(
        {.system_call = SCMP_SYS(mmap),
         .where = {bits(2, PROT_EXEC | PROT_WRITE, PROT_EXEC), bits(3, MAP_ANONYMOUS, 0)}});
  } else {
    // Failing to load one is no reason to end.
    list.push_back({.system_call = SCMP_SYS(mmap),
                    .where = {bits(2, PROT_EXEC, PROT_EXEC)},
                    .action = kRefuse});
  }
}

// What is open is read and written; a file is opened only to read it.
void use_files(AllowList& list, bool appends) {
  add(list, {SCMP_SYS(read),     SCMP_SYS(readv),      SCMP_SYS(pread64),   SCMP_SYS(write),
             SCMP_SYS(writev),   SCMP_SYS(close),      SCMP_SYS(lseek),     SCMP_SYS(dup),
             SCMP_SYS(fstat),    SCMP_SYS(stat),       SCMP_SYS(lstat),     SCMP_SYS(newfstatat),
             SCMP_SYS(statx),    SCMP_SYS(access),     SCMP_SYS(faccessat), SCMP_SYS(faccessat2),
             SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(getcwd),    SCMP_SYS(getdents64),
             SCMP_SYS(fadvise64)});
  add(list, SCMP_SYS(fcntl), 1,
      {F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD, F_DUPFD_CLOEXEC, F_SETPIPE_SZ, F_GETPIPE_SZ});
  add(list, SCMP_SYS(ioctl), 1, {TCGETS, TIOCGWINSZ, FIONBIO, FIONREAD});
  constexpr scmp_datum_t kChanges = O_ACCMODE | O_CREAT | O_TRUNC;
  list.push_back({.system_call = SCMP_SYS(openat), .where = {bits(2, kChanges, O_RDONLY)}});
  if (!appends) return;
  constexpr scmp_datum_t kWrites = O_ACCMODE | O_APPEND | O_TRUNC;
  list.push_back(
      {.system_call = SCMP_SYS(openat), .where = {bits(2, kWrites, O_WRONLY | O_APPEND)}});
}

// A thread, and nothing that is a process. clone3() has its flags where no filter sees them; the C
// library takes clone() where there is none.
void start_threads(AllowList& list) {
  constexpr scmp_datum_t kThread = CLONE_VM | CLONE_SIGHAND | CLONE_THREAD;
  constexpr scmp_datum_t kNamespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
                                       CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
  list.push_back(
      {.system_call = SCMP_SYS(clone), .where = {bits(0, kThread | kNamespaces, kThread)}});
  list.push_back({.system_call = SCMP_SYS(clone3), .action = SCMP_ACT_ERRNO(ENOSYS)});
  add(list, {SCMP_SYS(set_robust_list), SCMP_SYS(rseq)});
}

// Accepts connections, talks on what is connected, and waits for many things at once.
void serve(AllowList& list) {
  add(list, {SCMP_SYS(poll),           SCMP_SYS(ppoll),
             SCMP_SYS(epoll_create1),  SCMP_SYS(epoll_ctl),
             SCMP_SYS(epoll_wait),     SCMP_SYS(epoll_pwait),
             SCMP_SYS(epoll_pwait2),   SCMP_SYS(eventfd2),
             SCMP_SYS(timerfd_create), SCMP_SYS(timerfd_settime),
             SCMP_SYS(accept),         SCMP_SYS(accept4),
             SCMP_SYS(recvfrom),       SCMP_SYS(recvmsg),
             SCMP_SYS(sendto),         SCMP_SYS(sendmsg),
             SCMP_SYS(shutdown),       SCMP_SYS(getsockname),
             SCMP_SYS(getpeername),    SCMP_SYS(getsockopt),
             SCMP_SYS(setsockopt)});
}

// Connects by TCP, and asks a name server (UDP), a daemon on this machine (AF_UNIX) or the kernel
// (netlink) about names and addresses. No raw socket is among these.
void connect(AllowList& list) {
  constexpr scmp_datum_t kType = 0xf;  // above are SOCK_CLOEXEC and SOCK_NONBLOCK
  const auto socket = [&](scmp_datum_t family, scmp_datum_t type) {
    list.push_back(
        {.system_call = SCMP_SYS(socket), .where = {is(0, family), bits(1, kType, type)}});
  };
  for (const scmp_datum_t family :
       std::initializer_list<scmp_datum_t>{AF_INET, AF_INET6, AF_UNIX}) {
    socket(family, SOCK_STREAM);
    socket(family, SOCK_DGRAM);
  }
  for (const scmp_datum_t type : std::initializer_list<scmp_datum_t>{SOCK_RAW, SOCK_DGRAM}) {
    list.push_back({.system_call = SCMP_SYS(socket),
                    .where = {is(0, AF_NETLINK), bits(1, kType, type), is(2, NETLINK_ROUTE)}});
  }
  add(list, {SCMP_SYS(connect), SCMP_SYS(bind), SCMP_SYS(sendmmsg), SCMP_SYS(recvmmsg)});
}

// libpcap asks whether an interface that went down is still there.
void watch_interfaces(AllowList& list) {
  add(list, SCMP_SYS(ioctl), 1, {SIOCGIFFLAGS, SIOCGIFINDEX, SIOCGIFNAME});
}

// New listeners of a reload; bytes that pass from socket to socket through pipes.
void relay(AllowList& list) {
  add(list, {SCMP_SYS(listen), SCMP_SYS(pipe2), SCMP_SYS(splice)});
  // How much a receiver has not taken yet: a reset is passed on behind all of it.
  add(list, SCMP_SYS(ioctl), 1, {SIOCOUTQ, SIOCOUTQNSD});
}

void report_as_a_sanitizer(AllowList& list) {
  add(list, {SCMP_SYS(clone),      SCMP_SYS(clone3),
             SCMP_SYS(fork),       SCMP_SYS(vfork),
             SCMP_SYS(execve),     SCMP_SYS(wait4),
             SCMP_SYS(ptrace),     SCMP_SYS(prctl),
             SCMP_SYS(kill),       SCMP_SYS(tgkill),
             SCMP_SYS(pipe),       SCMP_SYS(pipe2),
             SCMP_SYS(dup2),       SCMP_SYS(getppid),
             SCMP_SYS(poll),       SCMP_SYS(mmap),
             SCMP_SYS(mprotect),   SCMP_SYS(open),
             SCMP_SYS(prlimit64),  SCMP_SYS(personality),
             SCMP_SYS(mlock),      SCMP_SYS(munlock),
             SCMP_SYS(arch_prctl), SCMP_SYS(set_robust_list),
             SCMP_SYS(rseq),       SCMP_SYS(process_vm_readv),
             SCMP_SYS(getdents)});
}

}  // namespace

AllowList allow_list(const Options& options) {
  const bool relays = options.profile == Profile::proxy;
  const bool connects = relays || options.connects;
  AllowList list;
  run(list);
  map_memory(list, connects);
  use_files(list, options.appends_to_files);
  if (options.profile == Profile::read_savefile) {
    // The metrics file is filled anew. A filter may hold a name that is not found without asking.
    add(list, {SCMP_SYS(ftruncate)});
    list.push_back({.system_call = SCMP_SYS(socket), .action = kRefuse});
  } else {
    start_threads(list);
    serve(list);
  }
  if (connects) connect(list);
  if (options.profile == Profile::capture_live) watch_interfaces(list);
  if (relays) relay(list);
  if (kSanitized) report_as_a_sanitizer(list);
  return list;
}

Rule second_filter() { return {.system_call = SCMP_SYS(seccomp)}; }

}  // namespace sandbox
