/* The children of the reaper: its own and those it adopts. */
#ifndef CONTAINERSHIM_CHILDREN_H
#define CONTAINERSHIM_CHILDREN_H

#include "packets.h"

enum { MOST_SPAWNS = 256, MOST_PINS = 65536 };

/* A start that waits for its program to run. */
struct spawn { i32 status, pid; u32 client; u64 generation, id; };

/* A process whose status an engine wants, whatever becomes of that engine. */
struct pin { u64 generation; i32 pid; };

static struct spawn spawns[MOST_SPAWNS];
static struct pin pins[MOST_PINS];
static u32 spawn_count, pin_count;
static struct rlimit inherited_limit;
static char *vectors[PACKET_SIZE / 2 + 4];

static u32 find_pin(i32 pid)
{
    u32 i = 0;
    while (i < pin_count && pins[i].pid != pid) {
        i++;
    }
    return i;
}

static void unpin(i32 pid)
{
    u32 i = find_pin(pid);
    if (i < pin_count) {
        pins[i] = pins[--pin_count];
    }
}

static void pin(i32 pid, u64 generation)
{
    u32 i = find_pin(pid);
    if (i < MOST_PINS) {
        pins[i] = (struct pin){ generation, pid };
        pin_count += i == pin_count;
    }
}

/* Asks for the end of a child. 0 with a pid of 0 means that it runs. */
static i64 wait_for(i32 type, i32 id, i32 options, struct siginfo *info)
{
    info->pid = 0;
    return sys(NR_waitid, type, id, info, options | WEXITED | WNOHANG, 0);
}

/* The ended children that nobody has pinned, at most a number of them. Needs CONFIG_PROC_CHILDREN, without it there are none. */
static u32 list_zombies(i32 *found, u32 most)
{
    struct siginfo info;
    char text[4096];
    u32 count = 0;
    i64 size, pid = 0;
    if (wait_for(P_ALL, 0, WNOWAIT, &info) != 0 || info.pid == 0) {
        return 0;
    }
    i64 list = sys(NR_openat, AT_FDCWD, "/proc/thread-self/children", O_RDONLY | O_CLOEXEC, 0);
    while (list >= 0 && (size = sys(NR_read, list, text, sizeof text)) > 0) {
        for (i64 i = 0; i < size; i++) {
            if (text[i] >= '0' && text[i] <= '9') {
                pid = pid * 10 + text[i] - '0';
                continue;
            }
            if (pid > 0 && count < most && find_pin((i32)pid) == pin_count && wait_for(P_PID, (i32)pid, WNOWAIT, &info) == 0 && info.pid == pid) {
                found[count++] = (i32)pid;
            }
            pid = 0;
        }
    }
    if (list >= 0) {
        sys(NR_close, list);
    }
    return count;
}

/* Collects what nobody will ask for. Returns whether any child is left. */
static i32 sweep(void)
{
    static i32 zombies[1024];
    struct siginfo info;
    u32 count;
    while ((count = list_zombies(zombies, 1024)) > 0) {
        for (u32 i = 0; i < count; i++) {
            wait_for(P_PID, zombies[i], 0, &info);
        }
    }
    return wait_for(P_ALL, 0, WNOWAIT, &info) != -ECHILD;
}

/* In the new process: becomes the program, or tells the error number through the pipe. */
static void become(struct request *request, i32 *fds, u32 fd_count, i32 status, char **arguments, char **variables)
{
    u32 targets = request->flags & 0xFFFF, next = 0;
    u64 nothing_blocked = 0;
    i64 error = 0;
    sys(NR_rt_sigprocmask, SIG_SETMASK, &nothing_blocked, 0, sizeof nothing_blocked);
    sys(NR_prlimit64, 0, RLIMIT_NOFILE, &inherited_limit, 0);
    if (request->flags & SPAWN_OWN_GROUP) {
        sys(NR_setpgid, 0, 0);
    }
    /* Above the targets first, so that none is overwritten before its turn. All others are closed by the exec. */
    i64 report = sys(NR_fcntl, status, F_DUPFD_CLOEXEC, targets);
    for (u32 i = 0; i < fd_count && error >= 0; i++) {
        error = sys(NR_fcntl, fds[i], F_DUPFD_CLOEXEC, targets);
        fds[i] = (i32)error;
    }
    for (u32 target = 0; target < targets && error >= 0; target++) {
        i64 source = request->kinds >> target & 1 ? fds[next++] : sys(NR_openat, AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC, 0);
        if (source == target) {
            error = sys(NR_fcntl, source, F_SETFD, 0);
        } else {
            error = source < 0 ? source : sys(NR_dup3, source, target, 0);
        }
    }
    if (error >= 0) {
        error = sys(NR_chdir, variables[-2]);
    }
    if (error >= 0) {
        error = sys(NR_execve, variables[-1], arguments, variables);
    }
    sys(NR_write, report < 0 ? status : report, &error, sizeof error);
    sys(NR_exit_group, 127);
}

/* Starts a process. It is answered when the program runs or could not be run; nothing else waits for that. */
static i64 start(u32 client, i64 size, i32 *fds, u32 fd_count)
{
    struct request *request = &packet.head;
    u32 strings = 2 + request->arguments + request->variables, found = 0;
    char *text = packet.bytes + sizeof *request, *end = packet.bytes + size;
    u32 wanted = 0, targets = request->flags & 0xFFFF;
    for (u32 i = 0; i < targets && i < 64; i++) {
        wanted += request->kinds >> i & 1;
    }
    if (request->arguments == 0 || request->arguments > PACKET_SIZE / 4 || request->variables > PACKET_SIZE / 4 || targets > MOST_FDS
        || wanted != fd_count || size == sizeof *request || end[-1] != 0) {
        return -EINVAL;
    }
    if (spawn_count == MOST_SPAWNS) {
        return -EAGAIN;
    }
    /* arguments…, NULL, directory, path, variables…, NULL */
    char **arguments = vectors, **variables = vectors + request->arguments + 3;
    for (; text < end && found < strings; text += length_of(text) + 1, found++) {
        u32 place = found == 0 ? request->arguments + 2 : found == 1 ? request->arguments + 1
            : found < 2 + request->arguments ? found - 2 : found + 1;
        vectors[place] = text;
    }
    if (found != strings || text != end) {
        return -EINVAL;
    }
    arguments[request->arguments] = 0;
    variables[request->variables] = 0;
    i32 pipe[2];
    i64 error = sys(NR_pipe2, pipe, O_CLOEXEC);
    if (error < 0) {
        return error;
    }
    i64 pid = sys(NR_clone, SIGCHLD, 0, 0, 0, 0);
    if (pid == 0) {
        become(request, fds, fd_count, pipe[1], arguments, variables);
    }
    sys(NR_close, pipe[1]);
    if (pid < 0) {
        sys(NR_close, pipe[0]);
        return pid;
    }
    spawns[spawn_count++] = (struct spawn){ pipe[0], (i32)pid, client, clients[client].generation, request->id };
    return 0;
}

/* The pipe of a start has ended, or has brought an error number. */
static void finish_start(u32 index)
{
    struct spawn spawn = spawns[index];
    struct siginfo info;
    i64 error = 0;
    sys(NR_read, spawn.status, &error, sizeof error);
    sys(NR_close, spawn.status);
    spawns[index] = spawns[--spawn_count];
    if (error < 0) {
        info.pid = 0;
        sys(NR_waitid, P_PID, spawn.pid, &info, WEXITED, 0);
    }
    if (clients[spawn.client].fd >= 0 && clients[spawn.client].generation == spawn.generation) {
        begin_answer(spawn.id, error);
        answer.head.value = spawn.pid;
        send_answer(clients[spawn.client].fd, sizeof answer.head, 0, 0);
    }
}

/* By the pidfd that came along, else by the pid, which is safe for a zombie that nobody else collects. */
static void collect(i32 *fds, u32 fd_count)
{
    struct request *request = &packet.head;
    struct siginfo info;
    i32 options = request->flags & COLLECT_PEEK ? WNOWAIT : 0;
    i64 error = fd_count == 1 ? wait_for(P_PIDFD, fds[0], options, &info) : wait_for(P_PID, request->pid, options, &info);
    begin_answer(request->id, error < 0 ? error : info.pid == 0 ? -EAGAIN : 0);
    answer.head.value = info.status;
    answer.head.code = info.code;
    if (error == 0 && info.pid != 0 && options == 0) {
        unpin(info.pid);
    }
}

#endif
