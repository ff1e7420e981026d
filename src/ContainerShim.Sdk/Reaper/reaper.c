/*
 * The reaper: a process beside a host that embeds the engine. It is the parent of what the engine starts and, as a child subreaper, of
 * the containers' processes, so that their statuses are exact on every kernel and wait for the next host when this one dies. The host
 * itself has no children and changes nothing of its own.
 *
 * It decides nothing. It starts what it is told to, and collects what it is asked for: until then an ended process stays a zombie, so
 * that nothing is missed and no pid is given out again. It keeps copies of descriptors (pipes and terminals of containers), so that the
 * death of a host neither ends a container nor loses what it wrote. Only while no engine is connected it collects by itself, and only
 * what no engine has pinned: statuses of runtime calls whose caller is gone, and daemons of containers.
 *
 * It ends when no engine is connected, it has no child, alive or not, and no kept pipe holds anything to read.
 *
 * Usage: containershim-reaper SOCKET, with the listening SOCK_SEQPACKET socket as descriptor 3. One packet is one request; a request
 * with an id is answered by one packet. Numbers are in the machine's own order.
 */
#include "kept.h"

enum { CONNECT_LIMIT = 10, RETRY_PAUSE = 1, LOOK_PERIOD = 60 }; /* seconds */

static u64 generations;
static i32 signals;
static const char *socket_path;
static struct file_id socket_id;

/* ---- clients ---- */

static void leave(u32 index)
{
    sys(NR_close, clients[index].fd);
    clients[index].fd = -1;
    client_count--;
}

static void serve(u32 index)
{
    static i32 fds[MOST_FDS], fetched[MOST_FDS];
    struct request *request = &packet.head;
    u32 fd_count, fetched_count = 0;
    i32 truncated;
    i64 size = receive(clients[index].fd, fds, &fd_count, &truncated), error = 0;
    u64 answer_size = sizeof answer.head;
    if (size == -EAGAIN || size == -EINTR) {
        return;
    }
    if (size < (i64)sizeof *request) {
        /* It has gone, or it does not speak our language. */
        close_all(fds, fd_count);
        leave(index);
        return;
    }
    packet.bytes[size] = 0;
    char *text = packet.bytes + sizeof *request;
    begin_answer(request->id, 0);
    if (truncated) {
        /* More than there is room for, or no descriptor is left to receive into. */
        error = truncated & MSG_TRUNC ? -EMSGSIZE : -EMFILE;
    } else if (request->operation == HELLO) {
        answer.head.value = (i32)sys(NR_getpid);
        answer.head.code = PROTOCOL;
    } else if (request->operation == SPAWN) {
        error = start(index, size, fds, fd_count);
        if (error == 0) {
            close_all(fds, fd_count);
            return;
        }
    } else if (request->operation == COLLECT) {
        collect(fds, fd_count);
        error = -answer.head.error;
    } else if (request->operation == PIN) {
        pin(request->pid, clients[index].generation);
    } else if (request->operation == UNPIN) {
        unpin(request->pid);
    } else if (request->operation == RETAIN) {
        retain(clients[index].generation);
    } else if (request->operation == STORE) {
        error = store(text, clients[index].generation, fds, &fd_count);
    } else if (request->operation == FETCH) {
        fetched_count = fetch(text, clients[index].generation, fetched);
    } else if (request->operation == DROP) {
        drop(text);
    } else if (request->operation == ZOMBIES) {
        u32 most = (sizeof answer.bytes - sizeof answer.head) / sizeof(i32);
        answer.head.count = list_zombies((i32 *)(answer.bytes + sizeof answer.head), most);
        answer_size += answer.head.count * sizeof(i32);
    } else {
        error = -ENOSYS;
    }
    close_all(fds, fd_count);
    if (request->id != 0) {
        answer.head.error = (i32)-error;
        send_answer(clients[index].fd, answer_size, fetched, fetched_count);
    }
}

/* Returns whether to pause, since no descriptor is left. */
static i32 admit(void)
{
    struct ucred peer = { 0, 0, 0 };
    u32 size = sizeof peer, place = 0;
    i64 fd = sys(NR_accept4, LISTENER, 0, 0, SOCK_FLAGS);
    if (fd < 0) {
        return fd == -EMFILE || fd == -ENFILE;
    }
    while (place < MOST_CLIENTS && clients[place].fd >= 0) {
        place++;
    }
    if (place == MOST_CLIENTS || sys(NR_getsockopt, fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 || peer.uid != (u32)sys(NR_geteuid)) {
        sys(NR_close, fd);
        return 0;
    }
    clients[place] = (struct client){ (i32)fd, 0, ++generations };
    client_count++;
    return 0;
}

/* ---- the process ---- */

/* Whether a later engine would find us by the path that we had at first. */
static i32 is_reachable(void)
{
    struct file_id found;
    return sys(NR_newfstatat, AT_FDCWD, socket_path, &found, 0) == 0 && found.device == socket_id.device && found.inode == socket_id.inode;
}

/* Whether a later engine could want anything of this process, or a child runs that would lose its streams. */
static i32 is_needed(void)
{
    if (!is_reachable()) {
        pin_count = kept_count = 0;
    }
    if (sweep() || spawn_count > 0) {
        return 1;
    }
    for (u32 i = 0; i < kept_count; i++) {
        if (is_ready(kept[i].fd, POLLIN)) {
            return 1;
        }
    }
    return 0;
}

static void set_up(void)
{
    u64 blocked = 1ul << (SIGCHLD - 1);
    struct rlimit raised;
    sys(NR_setsid);
    sys(NR_chdir, "/");
    sys(NR_prctl, PR_SET_NAME, "containershim-r");
    sys(NR_prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0);
    sys(NR_prlimit64, 0, RLIMIT_NOFILE, 0, &inherited_limit);
    if (sys(NR_close_range, LISTENER + 1, 0xFFFFFFFFul, 0) < 0) {
        /* Before Linux 5.9; the host's own are closed on exec in any case. */
        for (u64 fd = LISTENER + 1; fd < inherited_limit.soft && fd < 65536; fd++) {
            sys(NR_close, fd);
        }
    }
    sys(NR_fcntl, LISTENER, F_SETFD, FD_CLOEXEC);
    /* It holds descriptors for all containers; children get the limit back that was inherited. */
    raised = inherited_limit;
    raised.soft = raised.hard;
    sys(NR_prlimit64, 0, RLIMIT_NOFILE, &raised, 0);
    sys(NR_rt_sigprocmask, SIG_BLOCK, &blocked, 0, sizeof blocked);
    signals = (i32)sys(NR_signalfd4, -1, &blocked, sizeof blocked, SFD_FLAGS);
    for (u32 i = 0; i < MOST_CLIENTS; i++) {
        clients[i].fd = -1;
    }
}

/* Serves until a poll comes back with nothing to do for anybody, ever. */
static void loop(void)
{
    static struct pollfd polled[2 + MOST_CLIENTS + MOST_SPAWNS];
    static char events[4096];
    struct timespec limit;
    i32 paused = 0, expecting = 1;
    for (;;) {
        if (client_count > 0) {
            expecting = 0;
        } else if (!expecting && !is_needed()) {
            return;
        }
        polled[0] = (struct pollfd){ paused ? -1 : LISTENER, POLLIN, 0 };
        polled[1] = (struct pollfd){ signals, POLLIN, 0 };
        for (u32 i = 0; i < MOST_CLIENTS; i++) {
            polled[2 + i] = (struct pollfd){ clients[i].fd, clients[i].stalled ? POLLOUT : POLLIN, 0 };
        }
        u32 starting = spawn_count;
        for (u32 i = 0; i < starting; i++) {
            struct client *owner = &clients[spawns[i].client];
            i32 waits = owner->fd >= 0 && owner->generation == spawns[i].generation && owner->stalled;
            polled[2 + MOST_CLIENTS + i] = (struct pollfd){ waits ? -1 : spawns[i].status, POLLIN, 0 };
        }
        limit = (struct timespec){ paused ? RETRY_PAUSE : expecting ? CONNECT_LIMIT : LOOK_PERIOD, 0 };
        i64 ready = sys(NR_ppoll, polled, 2 + MOST_CLIENTS + starting, paused || client_count == 0 ? &limit : 0, 0, 0);
        expecting = expecting && (ready != 0 || paused);
        paused = 0;
        if (ready <= 0) {
            continue;
        }
        if (polled[1].revents) {
            sys(NR_read, signals, events, sizeof events);
        }
        /* From the last, whose places the later ones take. */
        for (u32 i = starting; i-- > 0;) {
            if (polled[2 + MOST_CLIENTS + i].revents) {
                finish_start(i);
            }
        }
        for (u32 i = 0; i < MOST_CLIENTS; i++) {
            if (polled[2 + i].revents && clients[i].fd >= 0) {
                /* One that does not take its answers is not asked for more. */
                clients[i].stalled = !(polled[2 + i].revents & (POLLHUP | POLLERR)) && !is_ready(clients[i].fd, POLLOUT);
                if (!clients[i].stalled && (polled[2 + i].revents & (POLLIN | POLLHUP | POLLERR))) {
                    serve(i);
                }
            }
        }
        if (polled[0].revents) {
            paused = admit();
        }
    }
}

/* Gets the stack as the kernel has set it up: the number of arguments, and the arguments. */
__attribute__((used)) void run(i64 *stack)
{
    socket_path = stack[0] > 1 ? (char *)stack[2] : 0;
    /* Its parent waits for this process alone, and the one that stays becomes a child of init, or of a subreaper. */
    i64 child = socket_path ? sys(NR_clone, SIGCHLD, 0, 0, 0, 0) : -EINVAL;
    if (child != 0) {
        sys(NR_exit_group, child < 0 ? 1 : 0);
    }
    set_up();
    sys(NR_newfstatat, AT_FDCWD, socket_path, &socket_id, 0);
    loop();
    /* Whoever has connected by now is reset by the end of this process, and starts a reaper of its own. */
    if (is_reachable()) {
        sys(NR_unlinkat, AT_FDCWD, socket_path, 0);
    }
    sys(NR_exit_group, 0);
}
