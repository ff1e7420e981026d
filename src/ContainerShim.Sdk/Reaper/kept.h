/* Descriptors that the reaper holds for engines to come. */
#ifndef CONTAINERSHIM_KEPT_H
#define CONTAINERSHIM_KEPT_H

#include "children.h"

enum { MOST_KEPT = 65536, KEY_SIZE = 240 };

struct kept { u64 generation; i32 fd; u32 kind; char key[KEY_SIZE]; };

static struct kept kept[MOST_KEPT];
static u32 kept_count;

/* Keeps the descriptors, one for each of the kinds from the lowest up; those of the same key and kind are replaced. */
static i64 store(const char *key, u64 generation, i32 *fds, u32 *fd_count)
{
    u32 next = 0;
    if (length_of(key) >= KEY_SIZE || (u32)__builtin_popcountl(packet.head.kinds) != *fd_count || packet.head.kinds >> 32) {
        return -EINVAL;
    }
    if (kept_count + *fd_count > MOST_KEPT) {
        return -ENOSPC;
    }
    for (u32 i = kept_count; i-- > 0;) {
        if ((packet.head.kinds & kept[i].kind) && same(kept[i].key, key)) {
            sys(NR_close, kept[i].fd);
            kept[i] = kept[--kept_count];
        }
    }
    for (u32 bit = 0; bit < 32; bit++) {
        if (packet.head.kinds >> bit & 1) {
            kept[kept_count].generation = generation;
            kept[kept_count].fd = fds[next++];
            kept[kept_count].kind = 1u << bit;
            memcpy(kept[kept_count++].key, key, length_of(key) + 1);
        }
    }
    *fd_count = 0;
    return 0;
}

/* The descriptors of a key, from the lowest kind up, into the answer; they stay kept. */
static u32 fetch(const char *key, u64 generation, i32 *fds)
{
    u32 count = 0;
    for (u32 bit = 0; bit < 32; bit++) {
        for (u32 i = 0; i < kept_count; i++) {
            if (kept[i].kind == 1u << bit && same(kept[i].key, key)) {
                fds[count++] = kept[i].fd;
                kept[i].generation = generation;
                answer.head.kinds |= kept[i].kind;
            }
        }
    }
    return count;
}

static void drop(const char *key)
{
    for (u32 i = kept_count; i-- > 0;) {
        if ((packet.head.kinds & kept[i].kind) && same(kept[i].key, key)) {
            sys(NR_close, kept[i].fd);
            kept[i] = kept[--kept_count];
        }
    }
}

/* Forgets what earlier engines have pinned and kept, and this one has not asked for. */
static void retain(u64 generation)
{
    for (u32 i = pin_count; i-- > 0;) {
        if (pins[i].generation != generation) {
            pins[i] = pins[--pin_count];
        }
    }
    for (u32 i = kept_count; i-- > 0;) {
        if (kept[i].generation != generation) {
            sys(NR_close, kept[i].fd);
            kept[i] = kept[--kept_count];
        }
    }
}

#endif
