/* What reaper.c needs of Linux, without a C library and without its headers: x86-64 and arm64. */
#ifndef CONTAINERSHIM_LINUX_H
#define CONTAINERSHIM_LINUX_H

typedef int i32;
typedef unsigned int u32;
typedef long i64;
typedef unsigned long u64;

enum { EINTR = 4, ECHILD = 10, EAGAIN = 11, ENOENT = 2, EEXIST = 17, EINVAL = 22, ENFILE = 23, EMFILE = 24, ENOSPC = 28, ENOSYS = 38, EMSGSIZE = 90 };
enum { SIGKILL = 9, SIGCHLD = 17, SIG_BLOCK = 0, SIG_SETMASK = 2, SFD_FLAGS = 02000000 | 04000 /* close on exec, do not wait */ };
enum { O_RDONLY = 0, O_RDWR = 2, O_CLOEXEC = 02000000, AT_FDCWD = -100 };
enum { F_SETFD = 2, FD_CLOEXEC = 1, F_DUPFD_CLOEXEC = 1030, RLIMIT_NOFILE = 7 };
enum { P_ALL = 0, P_PID = 1, P_PIDFD = 3, WNOHANG = 1, WEXITED = 4, WNOWAIT = 0x01000000 };
enum { PR_SET_NAME = 15, PR_SET_CHILD_SUBREAPER = 36 };
enum { SOL_SOCKET = 1, SCM_RIGHTS = 1, SO_PEERCRED = 17, SOCK_FLAGS = 02000000 | 04000 };
enum { MSG_CTRUNC = 8, MSG_TRUNC = 0x20, MSG_DONTWAIT = 0x40, MSG_NOSIGNAL = 0x4000, MSG_CMSG_CLOEXEC = 0x40000000 };
enum { POLLIN = 1, POLLOUT = 4, POLLERR = 8, POLLHUP = 16 };

struct pollfd { i32 fd; short events, revents; };
struct timespec { i64 seconds, nanoseconds; };
struct iovec { void *base; u64 length; };
struct msghdr { void *name; u32 namelen; struct iovec *iov; u64 iovlen; void *control; u64 controllen; i32 flags; };
struct cmsghdr { u64 length; i32 level, type; };
struct ucred { i32 pid; u32 uid, gid; };
struct rlimit { u64 soft, hard; };
struct siginfo { i32 signo, error, code, pad, pid; u32 uid; i32 status; char rest[100]; };

/* The device and the inode, which begin struct stat on both architectures. */
struct file_id { u64 device, inode; char rest[240]; };

#if defined(__x86_64__)
enum {
    NR_read = 0, NR_write = 1, NR_close = 3, NR_rt_sigprocmask = 14, NR_getpid = 39, NR_sendmsg = 46, NR_recvmsg = 47, NR_getsockopt = 55,
    NR_clone = 56, NR_execve = 59, NR_fcntl = 72, NR_chdir = 80, NR_geteuid = 107, NR_setpgid = 109, NR_setsid = 112, NR_prctl = 157,
    NR_exit_group = 231, NR_waitid = 247, NR_openat = 257, NR_newfstatat = 262, NR_unlinkat = 263, NR_ppoll = 271, NR_accept4 = 288,
    NR_signalfd4 = 289, NR_dup3 = 292, NR_pipe2 = 293, NR_prlimit64 = 302, NR_close_range = 436,
};

static i64 call(i64 number, i64 a, i64 b, i64 c, i64 d, i64 e)
{
    register i64 r10 __asm__("r10") = d;
    register i64 r8 __asm__("r8") = e;
    register i64 r9 __asm__("r9") = 0;
    i64 result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
    return result;
}

__asm__(".globl _start\n_start:\n xor %ebp,%ebp\n mov %rsp,%rdi\n and $-16,%rsp\n call run\n hlt\n");
#elif defined(__aarch64__)
enum {
    NR_dup3 = 24, NR_fcntl = 25, NR_unlinkat = 35, NR_chdir = 49, NR_openat = 56, NR_close = 57, NR_pipe2 = 59, NR_read = 63, NR_write = 64,
    NR_ppoll = 73, NR_signalfd4 = 74, NR_newfstatat = 79, NR_exit_group = 94, NR_waitid = 95, NR_rt_sigprocmask = 135, NR_setpgid = 154,
    NR_setsid = 157, NR_prctl = 167, NR_getpid = 172, NR_geteuid = 175, NR_getsockopt = 209, NR_sendmsg = 211, NR_recvmsg = 212,
    NR_clone = 220, NR_execve = 221, NR_accept4 = 242, NR_prlimit64 = 261, NR_close_range = 436,
};

static i64 call(i64 number, i64 a, i64 b, i64 c, i64 d, i64 e)
{
    register i64 x8 __asm__("x8") = number;
    register i64 x0 __asm__("x0") = a;
    register i64 x1 __asm__("x1") = b;
    register i64 x2 __asm__("x2") = c;
    register i64 x3 __asm__("x3") = d;
    register i64 x4 __asm__("x4") = e;
    register i64 x5 __asm__("x5") = 0;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    return x0;
}

__asm__(".globl _start\n_start:\n mov x29, xzr\n mov x30, xzr\n mov x0, sp\n and sp, x0, #-16\n bl run\n");
#else
#error "x86-64 and arm64 only"
#endif

/* A system call: the result, or the error number negated. */
#define SELECT(_0, _1, _2, _3, _4, _5, name, ...) name
#define CALL0(n) call(n, 0, 0, 0, 0, 0)
#define CALL1(n, a) call(n, (i64)(a), 0, 0, 0, 0)
#define CALL2(n, a, b) call(n, (i64)(a), (i64)(b), 0, 0, 0)
#define CALL3(n, a, b, c) call(n, (i64)(a), (i64)(b), (i64)(c), 0, 0)
#define CALL4(n, a, b, c, d) call(n, (i64)(a), (i64)(b), (i64)(c), (i64)(d), 0)
#define CALL5(n, a, b, c, d, e) call(n, (i64)(a), (i64)(b), (i64)(c), (i64)(d), (i64)(e))
#define sys(...) SELECT(__VA_ARGS__, CALL5, CALL4, CALL3, CALL2, CALL1, CALL0)(__VA_ARGS__)

/* The compiler makes calls of these for assignments of structures. */
void *memcpy(void *to, const void *from, u64 size)
{
    for (u64 i = 0; i < size; i++) {
        ((char *)to)[i] = ((const char *)from)[i];
    }
    return to;
}

void *memset(void *at, i32 value, u64 size)
{
    for (u64 i = 0; i < size; i++) {
        ((char *)at)[i] = (char)value;
    }
    return at;
}

static u64 length_of(const char *text)
{
    u64 length = 0;
    while (text[length]) {
        length++;
    }
    return length;
}

static i32 same(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

#endif
