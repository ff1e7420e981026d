/* The packets of the reaper's socket, and who is connected to it. ReaperRequest.cs and ReaperReply.cs are the other half. */
#ifndef CONTAINERSHIM_PACKETS_H
#define CONTAINERSHIM_PACKETS_H

#include "linux.h"

enum { PROTOCOL = 1, LISTENER = 3, MOST_CLIENTS = 8, MOST_FDS = 64, PACKET_SIZE = 128 * 1024 };

enum operation { HELLO = 1, SPAWN, COLLECT, PIN, RETAIN, STORE, FETCH, DROP, ZOMBIES, UNPIN };
enum { SPAWN_OWN_GROUP = 1 << 16, COLLECT_PEEK = 1 }; /* the low half of a spawn's flags is the number of the child's descriptors */

/* What follows a request: for SPAWN the path, the directory, the arguments and the variables, each ended by NUL; a key for others. */
struct request { u32 operation, flags; u64 id, kinds; i32 pid; u32 arguments, variables, pad; };
struct reply { u64 id, kinds; i32 error, value, code; u32 count; };

/* The generation tells a client from another that has its place later. */
struct client { i32 fd, stalled; u64 generation; };

static struct client clients[MOST_CLIENTS];
static u32 client_count;

static union { struct request head; char bytes[PACKET_SIZE + 1]; } packet;
static union { struct reply head; char bytes[PACKET_SIZE / 2]; } answer;

static void close_all(i32 *fds, u32 count)
{
    for (u32 i = 0; i < count; i++) {
        sys(NR_close, fds[i]);
    }
}

static i32 is_ready(i32 fd, short events)
{
    struct pollfd one = { fd, events, 0 };
    struct timespec now = { 0, 0 };
    return sys(NR_ppoll, &one, 1, &now, 0, 0) == 1 && (one.revents & events);
}

/* Receives one packet and its descriptors. Returns its size, or an error number negated. */
static i64 receive(i32 socket, i32 *fds, u32 *fd_count, i32 *truncated)
{
    union { struct cmsghdr head; char bytes[sizeof(struct cmsghdr) + MOST_FDS * sizeof(i32)]; } control;
    struct iovec vector = { packet.bytes, PACKET_SIZE };
    struct msghdr message = { 0, 0, &vector, 1, &control, sizeof control, 0 };
    i64 size = sys(NR_recvmsg, socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    *fd_count = 0;
    *truncated = message.flags & (MSG_CTRUNC | MSG_TRUNC);
    if (size >= 0 && message.controllen >= sizeof control.head && control.head.level == SOL_SOCKET && control.head.type == SCM_RIGHTS) {
        *fd_count = (u32)((control.head.length - sizeof control.head) / sizeof(i32));
        memcpy(fds, control.bytes + sizeof control.head, *fd_count * sizeof(i32));
    }
    return size;
}

static void send_answer(i32 socket, u64 size, i32 *fds, u32 fd_count)
{
    union { struct cmsghdr head; char bytes[sizeof(struct cmsghdr) + MOST_FDS * sizeof(i32)]; } control;
    struct iovec vector = { answer.bytes, size };
    struct msghdr message = { 0, 0, &vector, 1, 0, 0, 0 };
    if (fd_count > 0) {
        control.head.length = sizeof control.head + fd_count * sizeof(i32);
        control.head.level = SOL_SOCKET;
        control.head.type = SCM_RIGHTS;
        memcpy(control.bytes + sizeof control.head, fds, fd_count * sizeof(i32));
        message.control = &control;
        message.controllen = (control.head.length + 7) & ~7ul;
    }
    /* There is room: a client is not served unless its socket is writable. */
    sys(NR_sendmsg, socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void begin_answer(u64 id, i64 error)
{
    memset(&answer.head, 0, sizeof answer.head);
    answer.head.id = id;
    answer.head.error = (i32)-error;
}

#endif
